-- int_usage__account_window: one row per account and complete month: sums of its last 1, 3 and 12 months as known then.
{{ config(
    materialized=day_by_day(),
    incremental_strategy='append',
    pre_hook="{{ delete_changed('month_end >= ' ~ changed_from()) }}",
    post_hook="{{ insert_other_slices(account_slices(ref('int_core__account_calendar'))) }}"
) }}
{% set slices = account_slices(ref('int_core__account_calendar')) %}
{% set recent = [
    'usable_days', 'usable_kwh', 'zero_days', 'work_days', 'work_kwh', 'tou_days', 'tou_sharp_kwh', 'tou_peak_kwh', 'tou_flat_kwh',
    'tou_valley_kwh', 'spike_days', 'negative_days'
] %}
{% set sums = [
    'usage_kwh', 'export_kwh', 'usable_days', 'usable_kwh', 'usable_kwh_sq', 'zero_days', 'work_days', 'work_kwh',
    'spike_days', 'negative_days', 'tou_days', 'tou_sharp_kwh', 'tou_peak_kwh', 'tou_flat_kwh', 'tou_valley_kwh',
    'w_days', 'w_hdd_days', 'w_cdd_days', 'w_kwh',
    'w_kwh_sq', 'w_hdd', 'w_cdd', 'w_hdd_sq', 'w_cdd_sq', 'w_hdd_cdd', 'w_kwh_hdd', 'w_kwh_cdd'
] %}
with calendar as (
    select account_no, month, month_end, closed_on from {{ ref('int_core__account_calendar') }}
    where
        {{ within_slice('account_no', slices[0]) }}
        {% if is_incremental() %}
        and month_end >= {{ changed_from() }}
        {% endif %}
),

parts as (
    select * from {{ ref('int_usage__month_part') }}
    where
        {{ within_slice('account_no', slices[0]) }}
        {% if is_incremental() %}
        and usage_month >= {{ add_months(month_of(changed_from()), -11) }}
        {% endif %}
),

-- One row per account, month of use and span of months in which this was known of it. In the month of use itself that is what the month
-- brought; from the month after on, with what came then (of the last day, as a rule).
known as (
    select
        parts.account_no,
        parts.usage_month,
        parts.usage_month as valid_from,
        {{ add_months('parts.usage_month', 1) }} as valid_until,
        {{ month_sum_names('parts') }}
    from parts
    where parts.known_month = parts.usage_month
    union all
    select
        account_no,
        usage_month,
        greatest(known_month, {{ add_months('usage_month', 1) }}) as valid_from,
        until_month as valid_until,
        {{ summed_month() }}
    from parts
    where until_month is null or until_month > {{ add_months('usage_month', 1) }}
    group by account_no, usage_month, greatest(known_month, {{ add_months('usage_month', 1) }}), until_month
),

windowed as (
    select
        calendar.account_no,
        calendar.month,
        -- Days on and after closing are read (the final read is of the closing day) but not expected, so the shares leave them out.
        {% for kind in ['value', 'estimated', 'short'] %}
        sum(case
            when known.usage_month >= {{ add_months('calendar.month', -2) }}
                then known.{{ kind }}_days - coalesce(bit_count(case
                    when known.usage_month > calendar.closed_on then known.{{ kind }}_bits
                    when known.usage_month = {{ month_of('calendar.closed_on') }}
                        then {{ shift_right('known.' ~ kind ~ '_bits', 'day(calendar.closed_on) - 1') }}
                end), 0)
        end) as {{ kind }}_days_3m,
        {% endfor %}
        {% for column in recent %}
        sum(case when known.usage_month >= {{ add_months('calendar.month', -2) }} then known.{{ column }} end)
            as {{ column }}_3m,
        {% endfor %}
        {% for column in recent + ['usage_kwh', 'usable_kwh_sq'] %}
        sum(case when known.usage_month = calendar.month then known.{{ column }} end) as {{ column }}_1m,
        {% endfor %}
        -- The month before, and the three months before the last three.
        {% for column in ['usable_days', 'usable_kwh'] %}
        sum(case when known.usage_month = {{ add_months('calendar.month', -1) }} then known.{{ column }} end) as {{ column }}_before_1m,
        sum(case
            when known.usage_month between {{ add_months('calendar.month', -5) }} and {{ add_months('calendar.month', -3) }}
                then known.{{ column }}
        end) as {{ column }}_before_3m,
        {% endfor %}
        max(case when known.usage_month = calendar.month then known.max_kwh end) as max_kwh_1m,
        max(case when known.usage_month >= {{ add_months('calendar.month', -2) }} then known.max_kwh end) as max_kwh_3m,
        count(case when known.usable_kwh > 0 then 1 end) as used_months_12m,
        count(case when known.usable_days > 0 then 1 end) as read_months_12m,
        round(max({{ ratio('known.usable_kwh', 'known.usable_days') }}), 6) as highest_month_kwh_12m,
        round(min({{ ratio('known.usable_kwh', 'known.usable_days') }}), 6) as lowest_month_kwh_12m,
        {% for column in sums %}
        {{ narrow('sum(known.' ~ column ~ ')', column) }} as {{ column }}_12m,
        {% endfor %}
        {% for season in ['winter', 'summer'] %}
        {% for column in ['usable_days', 'usable_kwh'] %}
        sum(case when {{ season_of('known.usage_month') }} = '{{ season }}' then known.{{ column }} end)
            as {{ season }}_{{ column }}_12m,
        {% endfor %}
        {% endfor %}
        max(known.max_kwh) as max_kwh_12m
    from known
    inner join calendar
        on
            known.account_no = calendar.account_no
            and known.usage_month <= calendar.month
            and known.usage_month >= {{ add_months('calendar.month', -11) }}
            and known.valid_from <= calendar.month
            and (known.valid_until is null or known.valid_until > calendar.month)
    group by calendar.account_no, calendar.month
),

-- What was ever read, by the month it became known.
arrivals as (
    select
        account_no,
        known_month,
        min(first_day) as first_day,
        max(case when value_days > 0 then usage_month end) as value_month
    from {{ ref('int_usage__month_part') }}
    where {{ within_slice('account_no', slices[0]) }}
    group by account_no, known_month
),

months as (
    select account_no, month from {{ ref('int_core__account_calendar') }}
    where {{ within_slice('account_no', slices[0]) }}
),

supply as (
    select
        months.account_no,
        months.month,
        min(arrivals.first_day)
            over (partition by months.account_no order by months.month) as first_day,
        max(arrivals.value_month)
            over (partition by months.account_no order by months.month) as last_value_month
    from months
    left join arrivals
        on months.account_no = arrivals.account_no and months.month = arrivals.known_month
)

-- Days of supply within the window, by the first read and the closing known at its end: a sum of what each month expected
-- would miss the months before the account was known, while their reads count.
select
    calendar.account_no,
    calendar.month,
    calendar.month_end,
    {% for kind in ['value', 'estimated', 'short'] %}
    windowed.{{ kind }}_days_3m,
    {% endfor %}
    {% for column in recent %}
    windowed.{{ column }}_3m,
    {% endfor %}
    {% for column in recent + ['usage_kwh', 'usable_kwh_sq'] %}
    windowed.{{ column }}_1m,
    {% endfor %}
    {% for column in ['usable_days', 'usable_kwh'] %}
    windowed.{{ column }}_before_1m,
    windowed.{{ column }}_before_3m,
    windowed.winter_{{ column }}_12m,
    windowed.summer_{{ column }}_12m,
    {% endfor %}
    {% for column in sums %}
    windowed.{{ column }}_12m,
    {% endfor %}
    windowed.max_kwh_1m,
    windowed.max_kwh_3m,
    windowed.max_kwh_12m,
    windowed.used_months_12m,
    windowed.read_months_12m,
    windowed.highest_month_kwh_12m,
    windowed.lowest_month_kwh_12m,
    supply.last_value_month,
    {% for months in [1, 3] %}
    case
        when supply.first_day is null then 0
        else greatest(
            {{ dbt.datediff(
                'greatest(supply.first_day, ' ~ add_months('calendar.month', 1 - months) ~ ')',
                'coalesce(calendar.closed_on, ' ~ dbt.dateadd('day', 1, 'calendar.month_end') ~ ')',
                'day'
            ) }}, 0
        )
    end as expected_days_{{ months }}m{{ "," if not loop.last }}
    {% endfor %}
from calendar
inner join supply on calendar.account_no = supply.account_no and calendar.month = supply.month
left join windowed on calendar.account_no = windowed.account_no and calendar.month = windowed.month
