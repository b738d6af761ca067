-- stg_org__tariff_windows: one row per tariff, validity, season and start of a window.
with accepted as (
    {{ accepted_rows('org', 'tariff_windows') }}
)

select
    -- keys
    tariff_code,
    valid_from,
    season,
    start_time,
    -- attributes
    end_time,
    period,
    -- load
    load_date,
    source_file,
    source_line
from accepted
