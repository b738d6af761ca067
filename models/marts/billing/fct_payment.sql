-- fct_payment: one row per payment, with how much of it has settled bills by the run's date.
with settled as (
    select payment_no, sum(allocated_cny) as allocated_cny
    from {{ ref('fct_bill_payment') }}
    group by payment_no
)

select
    payments.payment_no,
    payments.account_no,
    payments.bill_no,
    payments.channel,
    payments.paid_at,
    payments.amount_cny,
    bills.bill_no is not null as is_matched,
    cast(coalesce(settled.allocated_cny, 0) as decimal(18, 2)) as allocated_cny,
    cast(payments.amount_cny - coalesce(settled.allocated_cny, 0) as decimal(18, 2)) as unallocated_cny
from {{ ref('stg_billing__payments') }} as payments
left join {{ ref('stg_billing__bills') }} as bills
    on payments.bill_no = bills.bill_no and payments.account_no = bills.account_no
left join settled on payments.payment_no = settled.payment_no
