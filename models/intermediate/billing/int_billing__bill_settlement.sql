-- int_billing__bill_settlement: one row per bill: when it was paid in full, and when that was known.
with settled as (
    select
        bills.bill_no,
        min(running.paid_on) as settled_on,
        min(running.known_on) as settled_known_on
    from {{ ref('stg_billing__bills') }} as bills
    inner join {{ ref('int_billing__payment_running') }} as running
        on bills.bill_no = running.bill_no and running.paid_so_far_cny >= bills.amount_due_cny
    group by bills.bill_no
),

paid as (
    select bill_no, sum(amount_cny) as paid_cny from {{ ref('int_billing__payment_running') }} group by bill_no
)

select
    bills.bill_no,
    bills.account_no,
    bills.billing_month,
    bills.amount_due_cny,
    bills.due_on,
    greatest(bills.issued_on, bills.load_date) as known_on,
    coalesce(paid.paid_cny, 0) as paid_cny,
    settled.settled_on,
    settled.settled_known_on
from {{ ref('stg_billing__bills') }} as bills
left join settled on bills.bill_no = settled.bill_no
left join paid on bills.bill_no = paid.bill_no
