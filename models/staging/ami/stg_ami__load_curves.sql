-- stg_ami__load_curves: one row per meter and interval: mean power.
{{ config(materialized='view') }}
with accepted as (
    {{ accepted_rows('ami', 'load_curves') }}
)

select
    -- keys
    meter_no,
    read_at,
    -- measures
    kw as demand_kw,
    -- load
    load_date,
    source_file,
    source_line
from accepted
