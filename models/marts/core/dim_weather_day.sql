-- dim_weather_day: one row per district and day, with its degree days.
with based as (
    select
        weather.*,
        coalesce(own.heating_base_c, general.heating_base_c) as heating_base_c,
        coalesce(own.cooling_base_c, general.cooling_base_c) as cooling_base_c
    from {{ ref('stg_external__weather_days') }} as weather
    left join {{ ref('degree_day_bases') }} as own on weather.district_code = own.district_code
    cross join (select * from {{ ref('degree_day_bases') }} where district_code = '*') as general
)

select
    district_code,
    day,
    t_min_c,
    t_max_c,
    t_mean_c,
    humidity_pct,
    heating_base_c,
    cooling_base_c,
    cast(greatest(heating_base_c - t_mean_c, 0) as decimal(5, 2)) as hdd,
    cast(greatest(t_mean_c - cooling_base_c, 0) as decimal(5, 2)) as cdd,
    load_date as known_on
from based
