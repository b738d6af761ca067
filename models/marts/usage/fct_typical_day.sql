-- fct_typical_day: one row per account with a curve, season, kind of day and hour of day: the mean load of the last 12 months.
-- Twelve months to the run's, so that a season is one season and not the mean of several years.
with months as (
    select
        account_no,
        usage_month,
        is_workday,
        hour_of_day,
        sum(usage_kwh) as usage_kwh,
        sum(hours) as hours
    from {{ ref('int_usage__curve_part') }}
    where usage_month >= {{ add_months(month_of(as_of_day()), -11) }} and usage_month <= {{ as_of_day() }}
    group by account_no, usage_month, is_workday, hour_of_day
),

seasons as (
    select
        account_no,
        {{ season_of('usage_month') }} as season,
        is_workday,
        hour_of_day,
        sum(usage_kwh) as usage_kwh,
        sum(hours) as days
    from months
    group by account_no, {{ season_of('usage_month') }}, is_workday, hour_of_day
    having sum(hours) > 0
),

-- Days of supply: those that the daily reads speak of, read or not.
supplied as (
    select
        accounts.account_no,
        dates.season,
        dates.is_workday,
        count(*) as days
    from {{ ref('dim_account') }} as accounts
    inner join {{ ref('dim_date') }} as dates
        on
            dates.day >= accounts.first_read_on
            and dates.day < coalesce(accounts.closed_on, {{ as_of_day() }})
            and dates.day < {{ as_of_day() }}
            and dates.month >= {{ add_months(month_of(as_of_day()), -11) }}
    where accounts.account_no in (select account_no from {{ ref('int_usage__demand_month') }})
    group by accounts.account_no, dates.season, dates.is_workday
),

means as (
    select
        *,
        {{ exact_mean('usage_kwh', 'days') }} as mean_kw,
        sum({{ exact_mean('usage_kwh', 'days') }}) over (partition by account_no, season, is_workday) as day_kwh
    from seasons
)

select
    means.account_no,
    means.season,
    means.is_workday,
    means.hour_of_day,
    cast(means.mean_kw as double) as mean_kw,
    round({{ ratio('means.mean_kw', 'means.day_kwh') }}, 9) as day_share,
    cast(means.days as integer) as days,
    cast(supplied.days as integer) as supplied_days,
    case when supplied.days > 0 then least(round({{ ratio('means.days', 'supplied.days') }}, 9), 1) end as coverage_share
from means
left join supplied
    on means.account_no = supplied.account_no and means.season = supplied.season and means.is_workday = supplied.is_workday
