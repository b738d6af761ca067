-- stg_ami__meters: one row per meter.
with accepted as (
    {{ accepted_rows('ami', 'meters') }}
)

select
    -- keys
    meter_no,
    -- attributes
    account_no,
    transformer_no,
    -- measures
    ct_ratio,
    -- times
    installed_on,
    removed_on,
    -- load
    load_date,
    source_file,
    source_line
from accepted
