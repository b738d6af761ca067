-- dim_workday_ahead: one row per working day of the two months after the run's date, by the holidays that have landed.
with bounds as (
    select
        {{ dbt.dateadd('day', 1, as_of_day()) }} as first_day,
        {{ dbt.dateadd('day', 62, as_of_day()) }} as last_day
),

days as (
    {{ days_between('bounds', [], 'cast(first_day as date)', 'cast(last_day as date)') }}
)

select
    days.day,
    cast(row_number() over (order by days.day) as integer) as workday_no
from days
left join {{ ref('stg_external__holidays') }} as holidays on days.day = holidays.day
where {{ is_workday('days.day', 'holidays') }}
