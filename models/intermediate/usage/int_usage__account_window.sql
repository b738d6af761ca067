-- int_usage__account_window: one row per account and complete month: sums of its last 1, 3 and 12 months as known then.
{% set sums = [
    'usage_kwh', 'export_kwh', 'usable_days', 'usable_kwh', 'usable_kwh_sq',
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
        {% for column in ['value_days', 'estimated_days', 'short_days'] %}
        sum(case when known.usage_month >= {{ add_months('calendar.month', -2) }} then known.{{ column }} end)
            as {{ column }}_read_3m,
        {% endfor %}
        {% for column in ['usable_days', 'usable_kwh'] %}
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

-- Days on and after closing are read (the final read is of the closing day) but not expected, so the shares leave them out.
after_closing as (
    select
        calendar.account_no,
        calendar.month,
        count(case when not days.is_missing then 1 end) as value_days_3m,
        count(case when days.is_estimated and not days.is_missing then 1 end) as estimated_days_3m,
        count(case when days.is_short_day and not days.is_missing then 1 end) as short_days_3m
    from {{ ref('int_core__account_calendar') }} as calendar
    inner join known
        on
            calendar.account_no = known.account_no
            and known.usage_month <= calendar.month
            and known.usage_month >= {{ add_months('calendar.month', -2) }}
            and known.known_month <= calendar.month
            and (known.next_known_month is null or known.next_known_month > calendar.month)
    inner join {{ ref('int_usage__account_day_known') }} as days
        on
            known.account_no = days.account_no
            and known.usage_month = days.usage_month
            and known.known_month = days.known_month
            and days.day >= calendar.closed_on
    where calendar.closed_on is not null
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

-- Days of supply within the window, by the first read and the closing known at its end: a sum of what each month expected
-- would miss the months before the account was known, while their reads count.
expected as (
    select
        account_no,
        month,
        last_value_month,
        {% for months in [1, 3] %}
        case
            when first_day is null then 0
            else greatest(
                {{ dbt.datediff(
                    'greatest(first_day, ' ~ add_months('month', 1 - months) ~ ')',
                    'coalesce(closed_on, ' ~ dbt.dateadd('day', 1, 'month_end') ~ ')',
                    'day'
                ) }}, 0
            )
        end as expected_days_{{ months }}m{{ "," if not loop.last }}
        {% endfor %}
    from supply
)

select
    windowed.*,
    {% for column in ['value_days', 'estimated_days', 'short_days'] %}
    windowed.{{ column }}_read_3m - coalesce(after_closing.{{ column }}_3m, 0) as {{ column }}_3m,
    {% endfor %}
    expected.last_value_month,
    expected.expected_days_1m,
    expected.expected_days_3m
from windowed
inner join expected on windowed.account_no = expected.account_no and windowed.month = expected.month
left join after_closing on windowed.account_no = after_closing.account_no and windowed.month = after_closing.month
