-- fct_payment: one row per payment.
select
    payments.payment_no,
    payments.account_no,
    payments.bill_no,
    payments.channel,
    payments.paid_at,
    payments.amount_cny,
    bills.bill_no is not null as is_matched
from {{ ref('stg_billing__payments') }} as payments
left join {{ ref('stg_billing__bills') }} as bills
    on payments.bill_no = bills.bill_no and payments.account_no = bills.account_no
