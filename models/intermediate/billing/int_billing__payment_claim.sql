-- int_billing__payment_claim: one row per payment made by the run's date: what the bill that it names takes of it.
-- Running sums instead of a loop: a bill takes its payments in the order made until it is covered, and a reversal gives back
-- first what was paid too much. So the claims of a bill always add up to what it could take of the sum of its payments.
with named as (
    select
        payments.payment_no,
        payments.account_no,
        bills.bill_no,
        payments.paid_at,
        payments.amount_cny,
        bills.amount_due_cny
    from {{ ref('stg_billing__payments') }} as payments
    -- Only of the account billed: another's money is the other's credit.
    left join {{ ref('stg_billing__bills') }} as bills
        on payments.bill_no = bills.bill_no and payments.account_no = bills.account_no
    -- A payment dated after the run is none yet.
    where cast(payments.paid_at as date) <= {{ as_of_date() }}
),

running as (
    select
        *,
        sum(amount_cny) over (
            partition by bill_no order by paid_at, payment_no
            rows between unbounded preceding and current row
        ) as paid_so_far_cny
    from named
    where bill_no is not null
)

select
    payment_no,
    account_no,
    bill_no,
    paid_at,
    amount_cny,
    {{ clipped('paid_so_far_cny', 'amount_due_cny') }}
    - {{ clipped('paid_so_far_cny - amount_cny', 'amount_due_cny') }} as claimed_cny
from running
union all
select
    payment_no,
    account_no,
    bill_no,
    paid_at,
    amount_cny,
    0 as claimed_cny
from named
where bill_no is null
