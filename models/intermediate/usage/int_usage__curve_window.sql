-- int_usage__curve_window: one row per account with a curve and complete month: the shape of its typical day in 3 months, as known then.
{{ config(
    materialized=day_by_day(),
    incremental_strategy='append',
    pre_hook="{{ delete_changed('last_day(month) >= ' ~ changed_from()) }}"
) }}
with months as (
    select distinct month
    from {{ ref('dim_date') }}
    where
        month_end <= (select max(day) from {{ ref('dim_date') }})
        {% if is_incremental() %}
        and month_end >= {{ changed_from() }}
        {% endif %}
),

hours as (
    select
        parts.account_no,
        months.month,
        parts.hour_of_day,
        sum(parts.hours) as hours,
        sum(parts.usage_kwh) as usage_kwh
    from {{ ref('int_usage__curve_part') }} as parts
    inner join months
        on
            parts.usage_month <= months.month
            and parts.usage_month >= {{ add_months('months.month', -2) }}
            and parts.known_month <= months.month
    group by parts.account_no, months.month, parts.hour_of_day
    having sum(parts.hours) > 0
),

ranked as (
    select
        *,
        {{ exact_mean('usage_kwh', 'hours') }} as mean_kw,
        row_number() over (
            partition by account_no, month order by {{ exact_mean('usage_kwh', 'hours') }} desc, hour_of_day asc
        ) as load_rank,
        hour_of_day >= {{ threshold('night_from_hour') }} or hour_of_day < {{ threshold('night_until_hour') }} as is_night
    from hours
),

summed as (
    select
        account_no,
        month,
        sum(hours) as hours,
        count(*) = 24 as is_whole,
        max(case when load_rank = 1 then hour_of_day end) as peak_hour,
        max(mean_kw) as max_kw,
        sum(mean_kw) as day_kwh,
        sum(case when is_night then mean_kw else 0 end) as night_kwh
    from ranked
    group by account_no, month
)

-- A day with an hour that was never measured has no shape.
select
    account_no,
    month,
    cast(hours as integer) as curve_hours_3m,
    cast(case when is_whole and day_kwh > 0 then peak_hour end as integer) as peak_hour_3m,
    case when is_whole and day_kwh > 0 then round({{ ratio('night_kwh', 'day_kwh') }}, 9) end as night_share_3m,
    case when is_whole and day_kwh > 0 then round({{ ratio('day_kwh', '24 * max_kw') }}, 9) end as day_load_factor_3m
from summed
