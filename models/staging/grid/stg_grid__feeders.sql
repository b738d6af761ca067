-- stg_grid__feeders: one row per feeder.
with accepted as (
    {{ accepted_rows('grid', 'feeders') }}
)

select
    -- keys
    feeder_no,
    -- attributes
    substation_no,
    feeder_name,
    -- measures
    voltage_kv,
    -- load
    load_date,
    source_file,
    source_line
from accepted
