-- stg_marketing__enrolments: one row per account, product and start.
with accepted as (
    {{ accepted_rows('marketing', 'enrolments') }}
)

select
    -- keys
    account_no,
    product_code,
    start_on,
    -- times
    end_on,
    -- load
    load_date,
    source_file,
    source_line
from accepted
