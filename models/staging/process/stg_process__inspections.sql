-- stg_process__inspections: one row per inspection on site.
with accepted as (
    {{ accepted_rows('process', 'inspections') }}
)

select
    -- keys
    inspection_no,
    -- attributes
    account_no,
    kind,
    finding,
    staff_no,
    -- measures
    recovered_kwh,
    recovered_amount as recovered_amount_cny,
    -- times
    inspected_at,
    -- load
    load_date,
    source_file,
    source_line
from accepted
