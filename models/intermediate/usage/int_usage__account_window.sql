-- int_usage__account_window: one row per account and complete month: sums of its last 1, 3 and 12 months as known then.
{% set sums = [
    'value_days', 'estimated_days', 'short_days', 'usage_kwh', 'export_kwh', 'usable_days', 'usable_kwh', 'usable_kwh_sq',
    'zero_days', 'work_days', 'work_kwh', 'free_days', 'free_kwh', 'winter_days', 'winter_kwh', 'summer_days', 'summer_kwh',
    'tou_days', 'tou_peak_kwh', 'tou_valley_kwh', 'tou_kwh', 'w_days', 'w_hdd_days', 'w_cdd_days', 'w_kwh', 'w_kwh_sq',
    'w_hdd', 'w_cdd', 'w_hdd_sq', 'w_cdd_sq', 'w_hdd_cdd', 'w_kwh_hdd', 'w_kwh_cdd'
] %}
with known as (
    select
        *,
        lead(known_month) over (partition by account_no, usage_month order by known_month) as next_known_month
    from {{ ref('int_usage__account_month_known') }}
),

windowed as (
    select
        calendar.account_no,
        calendar.month,
        {% for column in ['value_days', 'estimated_days', 'short_days', 'usable_days', 'usable_kwh'] %}
        sum(case when known.usage_month >= {{ add_months('calendar.month', -2) }} then known.{{ column }} end)
            as {{ column }}_3m,
        {% endfor %}
        {% for column in ['usable_days', 'usable_kwh', 'usage_kwh'] %}
        sum(case when known.usage_month = calendar.month then known.{{ column }} end) as {{ column }}_1m,
        {% endfor %}
        {% for column in sums %}
        sum(known.{{ column }}) as {{ column }}_12m,
        {% endfor %}
        max(known.max_kwh) as max_kwh_12m
    from {{ ref('int_core__account_calendar') }} as calendar
    left join known
        on
            calendar.account_no = known.account_no
            and known.usage_month <= calendar.month
            and known.usage_month >= {{ add_months('calendar.month', -11) }}
            and known.known_month <= calendar.month
            and (known.next_known_month is null or known.next_known_month > calendar.month)
    group by calendar.account_no, calendar.month
),

-- What was ever read, by the month it became known.
arrivals as (
    select
        account_no,
        known_month,
        min(first_day) as first_day,
        max(value_month) as value_month
    from known
    group by account_no, known_month
),

supply as (
    select
        calendar.account_no,
        calendar.month,
        calendar.month_end,
        calendar.closed_on,
        min(arrivals.first_day)
            over (partition by calendar.account_no order by calendar.month) as first_day,
        max(arrivals.value_month)
            over (partition by calendar.account_no order by calendar.month) as last_value_month
    from {{ ref('int_core__account_calendar') }} as calendar
    left join arrivals
        on calendar.account_no = arrivals.account_no and calendar.month = arrivals.known_month
),

expected as (
    select
        *,
        case
            when first_day is null then 0
            else greatest(
                {{ dbt.datediff(
                    'greatest(first_day, month)',
                    'least(coalesce(closed_on, ' ~ dbt.dateadd('day', 1, 'month_end') ~ '), ' ~ dbt.dateadd('day', 1, 'month_end') ~ ')',
                    'day'
                ) }}, 0
            )
        end as expected_days_1m
    from supply
)

select
    windowed.*,
    expected.last_value_month,
    expected.expected_days_1m,
    sum(expected.expected_days_1m)
        over (partition by expected.account_no order by expected.month rows between 2 preceding and current row)
        as expected_days_3m,
    sum(expected.expected_days_1m)
        over (partition by expected.account_no order by expected.month rows between 11 preceding and current row)
        as expected_days_12m
from windowed
inner join expected on windowed.account_no = expected.account_no and windowed.month = expected.month
