-- int_billing__bill_settlement: one row per bill and version: when it was paid in full, and when that was known.
with settled as (
    select
        bills.bill_no,
        bills.known_from,
        min(running.paid_on) as settled_on,
        min(running.known_on) as settled_known_on
    from {{ ref('int_billing__bill_version') }} as bills
    inner join {{ ref('int_billing__payment_running') }} as running
        on bills.bill_no = running.bill_no and running.paid_so_far_cny >= bills.amount_due_cny
    group by bills.bill_no, bills.known_from
),

paid as (
    select bill_no, sum(amount_cny) as paid_cny from {{ ref('int_billing__payment_running') }} group by bill_no
)

select
    bills.bill_no,
    bills.known_from,
    bills.known_until,
    bills.account_no,
    bills.billing_month,
    bills.amount_due_cny,
    bills.due_on,
    coalesce(paid.paid_cny, 0) as paid_cny,
    -- Nothing due is settled from the start.
    case when bills.amount_due_cny <= 0 then bills.due_on else settled.settled_on end as settled_on,
    case when bills.amount_due_cny <= 0 then bills.known_from else settled.settled_known_on end as settled_known_on
from {{ ref('int_billing__bill_version') }} as bills
left join settled on bills.bill_no = settled.bill_no and bills.known_from = settled.known_from
left join paid on bills.bill_no = paid.bill_no
