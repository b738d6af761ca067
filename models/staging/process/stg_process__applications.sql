-- stg_process__applications: one row per connection application (业扩).
with accepted as (
    {{ accepted_rows('process', 'applications') }}
)

select
    -- keys
    application_no,
    -- attributes
    account_no,
    customer_no,
    kind,
    channel,
    district_code,
    -- measures
    requested_kva,
    -- times
    submitted_at,
    -- load
    load_date,
    source_file,
    source_line
from accepted
