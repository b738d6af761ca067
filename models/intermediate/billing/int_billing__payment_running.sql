-- int_billing__payment_running: one row per payment that names a bill, with the bill's paid total after it.
select
    payments.payment_no,
    payments.bill_no,
    cast(payments.paid_at as date) as paid_on,
    -- A payment is known from the day its record landed, and of no use before it was made.
    greatest(cast(payments.paid_at as date), payments.load_date) as known_on,
    payments.amount_cny,
    sum(payments.amount_cny) over (
        partition by payments.bill_no order by payments.paid_at, payments.payment_no
        rows between unbounded preceding and current row
    ) as paid_so_far_cny
from {{ ref('stg_billing__payments') }} as payments
where payments.bill_no is not null
