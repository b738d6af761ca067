-- stg_billing__payments: one row per payment.
with accepted as (
    {{ accepted_rows('billing', 'payments') }}
)

select
    -- keys
    payment_no,
    -- attributes
    account_no,
    bill_no,
    channel,
    -- measures
    amount as amount_cny,
    -- times
    paid_at,
    -- load
    load_date,
    source_file,
    source_line
from accepted
