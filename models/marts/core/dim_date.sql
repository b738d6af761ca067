-- dim_date: one row per day from the first read or bill to the run's date.
with bounds as (
    select
        min(first_day) as first_day,
        -- A bare `dbt build` has no run date (2999): then the newest load counts.
        case
            when {{ as_of_date() }} < date '2999-12-31' then {{ as_of_date() }} else max(newest_load)
        end as last_day
    from (
        select min(usage_month) as first_day, max(changed_on) as newest_load from {{ ref('int_usage__known_month') }}
        union all
        select min(billing_month) as first_day, max(load_date) as newest_load from {{ ref('stg_billing__bills') }}
        union all
        select min(load_date) as first_day, max(load_date) as newest_load from {{ ref('stg_crm__accounts') }}
    ) as landed
),

days as (
    {{ days_between('bounds', [], month_of('first_day'), 'last_day') }}
)

select
    days.day,
    {{ month_of('days.day') }} as month,
    cast(last_day(days.day) as date) as month_end,
    cast(year(days.day) as integer) as year,
    {{ iso_weekday('days.day') }} as iso_weekday,
    holidays.name as holiday_name,
    {{ is_workday('days.day', 'holidays') }} as is_workday,
    {{ season_of('days.day') }} as season
from days
left join {{ ref('stg_external__holidays') }} as holidays on days.day = holidays.day
