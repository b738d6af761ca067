-- fct_bill_payment: one row per bill, payment and rule by which money of the payment settles the bill, as known at the run's date.
-- named: the bill that the payment names takes it, until it is covered. credit: what is left over (an overpayment, an advance, a
-- payment of an unknown bill) settles the account's other open bills, oldest first: cumulated credit is laid beside
-- cumulated open bills, and a payment settles what its own stretch covers.
with claims as (
    select * from {{ ref('int_billing__payment_claim') }}
),

claimed as (
    select bill_no, sum(claimed_cny) as claimed_cny
    from claims
    where bill_no is not null
    group by bill_no
),

open_bills as (
    select
        bills.account_no,
        bills.bill_no,
        bills.amount_due_cny - coalesce(claimed.claimed_cny, 0) as open_cny,
        sum(bills.amount_due_cny - coalesce(claimed.claimed_cny, 0)) over (
            partition by bills.account_no order by bills.due_on, bills.bill_no
            rows between unbounded preceding and current row
        ) as open_so_far_cny
    from {{ ref('stg_billing__bills') }} as bills
    left join claimed on bills.bill_no = claimed.bill_no
    where bills.amount_due_cny > coalesce(claimed.claimed_cny, 0)
),

credits as (
    select
        account_no,
        payment_no,
        paid_at,
        amount_cny - claimed_cny as credit_cny,
        sum(amount_cny - claimed_cny) over (
            partition by account_no order by paid_at, payment_no
            rows between unbounded preceding and current row
        ) as credit_so_far_cny
    from claims
    where amount_cny <> claimed_cny
),

settled as (
    select
        payment_no,
        bill_no,
        'named' as rule,
        account_no,
        paid_at,
        claimed_cny as allocated_cny
    from claims
    union all
    select
        credits.payment_no,
        open_bills.bill_no,
        'credit' as rule,
        credits.account_no,
        credits.paid_at,
        {{ clipped('credit_so_far_cny - (open_so_far_cny - open_cny)', 'open_cny') }}
        - {{ clipped('credit_so_far_cny - credit_cny - (open_so_far_cny - open_cny)', 'open_cny') }} as allocated_cny
    from credits
    inner join open_bills
        on
            credits.account_no = open_bills.account_no
            -- A reversal moves back over the same stretches, so the payment's end may lie before its start.
            and least(credit_so_far_cny, credit_so_far_cny - credit_cny) < open_so_far_cny
            and greatest(credit_so_far_cny, credit_so_far_cny - credit_cny) > open_so_far_cny - open_cny
)

select
    settled.payment_no,
    settled.bill_no,
    settled.rule,
    settled.account_no,
    settled.paid_at,
    -- Credit may be older than the bill that it settles.
    greatest(cast(settled.paid_at as date), bills.issued_on) as settled_on,
    cast(settled.allocated_cny as decimal(18, 2)) as allocated_cny
from settled
inner join {{ ref('stg_billing__bills') }} as bills on settled.bill_no = bills.bill_no
where settled.allocated_cny <> 0
