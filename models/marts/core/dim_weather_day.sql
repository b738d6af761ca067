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
    -- greatest() skips nulls: without the case an unknown day would have no degree days.
    case when t_mean_c is not null then cast(greatest(heating_base_c - t_mean_c, 0) as decimal(5, 2)) end as hdd,
    case when t_mean_c is not null then cast(greatest(t_mean_c - cooling_base_c, 0) as decimal(5, 2)) end as cdd,
    load_date as known_on
from based
