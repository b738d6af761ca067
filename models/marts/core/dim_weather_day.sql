-- dim_weather_day: one row per district and day, with its degree days.
select
    district_code,
    day,
    t_min_c,
    t_max_c,
    t_mean_c,
    humidity_pct,
    heating_base_c,
    cooling_base_c,
    hdd,
    cdd,
    known_from as known_on
from {{ ref('int_core__weather_version') }}
where known_until is null
