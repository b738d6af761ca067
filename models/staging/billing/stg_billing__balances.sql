-- stg_billing__balances: one row per account and day: prepaid balance.
with accepted as (
    {{ accepted_rows('billing', 'balances') }}
)

select
    -- keys
    account_no,
    balance_date,
    -- measures
    prepaid_balance as prepaid_balance_cny,
    -- load
    load_date,
    source_file,
    source_line
from accepted
