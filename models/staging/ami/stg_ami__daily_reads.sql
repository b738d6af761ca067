-- stg_ami__daily_reads: one row per meter and day: energy by register.
{{ config(materialized='view') }}
with accepted as (
    {{ accepted_rows('ami', 'daily_reads') }}
)

select
    -- keys
    meter_no,
    read_date,
    -- attributes
    read_status,
    -- measures
    kwh_total as usage_kwh,
    kwh_sharp as sharp_kwh,
    kwh_peak as peak_kwh,
    kwh_flat as flat_kwh,
    kwh_valley as valley_kwh,
    kwh_export as export_kwh,
    intervals_read,
    intervals_expected,
    -- times
    collected_at,
    -- load
    load_date,
    source_file,
    source_line
from accepted
