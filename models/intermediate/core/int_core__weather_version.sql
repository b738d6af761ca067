-- int_core__weather_version: one row per district, day and version of its weather, with degree days.
with versions as (
    {{ known_versions('external', 'weather_days') }}
),

based as (
    select
        versions.*,
        coalesce(own.heating_base_c, general.heating_base_c) as heating_base_c,
        coalesce(own.cooling_base_c, general.cooling_base_c) as cooling_base_c
    from versions
    left join {{ ref('degree_day_bases') }} as own on versions.district_code = own.district_code
    cross join (select * from {{ ref('degree_day_bases') }} where district_code = '*') as general
)

select
    district_code,
    day,
    known_from,
    known_until,
    t_min as t_min_c,
    t_max as t_max_c,
    t_mean as t_mean_c,
    humidity as humidity_pct,
    heating_base_c,
    cooling_base_c,
    -- greatest() skips nulls: without the case an unknown day would have no degree days.
    case when t_mean is not null then cast(greatest(heating_base_c - t_mean, 0) as decimal(5, 2)) end as hdd,
    case when t_mean is not null then cast(greatest(t_mean - cooling_base_c, 0) as decimal(5, 2)) end as cdd
from based
