-- stg_external__weather_days: one row per district and day.
with accepted as (
    {{ accepted_rows('external', 'weather_days') }}
)

select
    -- keys
    district_code,
    day,
    -- measures
    t_min as t_min_c,
    t_max as t_max_c,
    t_mean as t_mean_c,
    humidity as humidity_pct,
    -- load
    load_date,
    source_file,
    source_line
from accepted
