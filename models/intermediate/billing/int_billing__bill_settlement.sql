-- int_billing__bill_settlement: one row per bill and day on which something new was known of it: what was paid by then, and when in full.
-- Bills and payments land late, repeat, are corrected and reversed, so each day has its own answer.
with changes as (
    select bill_no, known_from as known_on from {{ ref('int_billing__bill_version') }}
    union
    select bill_no, known_from as known_on from {{ ref('int_billing__payment_version') }}
    where bill_no is not null
    union
    select bill_no, known_until as known_on from {{ ref('int_billing__payment_version') }}
    where bill_no is not null and known_until is not null
),

states as (
    select
        bills.bill_no,
        changes.known_on as known_from,
        lead(changes.known_on) over (partition by bills.bill_no order by changes.known_on) as known_until,
        bills.account_no,
        bills.billing_month,
        bills.usage_kwh,
        bills.amount_due_cny,
        bills.due_on
    from {{ ref('int_billing__bill_version') }} as bills
    inner join changes
        on
            bills.bill_no = changes.bill_no
            and bills.known_from <= changes.known_on
            and (bills.known_until is null or bills.known_until > changes.known_on)
    -- A payment dated after the run is none yet.
    where changes.known_on <= {{ as_of_date() }}
),

running as (
    select
        states.bill_no,
        states.known_from,
        states.amount_due_cny,
        payments.payment_no,
        payments.paid_at,
        payments.amount_cny,
        sum(payments.amount_cny) over (
            partition by states.bill_no, states.known_from order by payments.paid_at, payments.payment_no
            rows between unbounded preceding and current row
        ) as paid_so_far_cny
    from states
    -- Only of the account billed: another's money is on the other's balance (fct_payment.is_matched).
    inner join {{ ref('int_billing__payment_version') }} as payments
        on
            states.bill_no = payments.bill_no
            and states.account_no = payments.account_no
            and payments.known_from <= states.known_from
            and (payments.known_until is null or payments.known_until > states.known_from)
),

reached as (
    select
        *,
        min(paid_so_far_cny) over (
            partition by bill_no, known_from order by paid_at, payment_no
            rows between current row and unbounded following
        ) as least_paid_since_cny
    from running
),

settled as (
    select
        bill_no,
        known_from,
        sum(amount_cny) as paid_cny,
        -- A reversal takes a settlement back: the day counts from which the amount stays covered.
        min(case when least_paid_since_cny >= amount_due_cny then cast(paid_at as date) end) as settled_on
    from reached
    group by bill_no, known_from
)

select
    states.bill_no,
    states.known_from,
    states.known_until,
    states.account_no,
    states.billing_month,
    states.usage_kwh,
    states.amount_due_cny,
    states.due_on,
    coalesce(settled.paid_cny, 0) as paid_cny,
    -- Nothing due is settled from the start.
    case when states.amount_due_cny <= 0 then states.due_on else settled.settled_on end as settled_on
from states
left join settled on states.bill_no = settled.bill_no and states.known_from = settled.known_from
