-- stg_crm__protections: one row per account and kind of protection.
with accepted as (
    {{ accepted_rows('crm', 'protections') }}
)

select
    -- keys
    account_no,
    kind,
    -- times
    start_on,
    end_on,
    -- load
    load_date,
    source_file,
    source_line
from accepted
