-- fct_load_shape: one row per account with a curve in the last 12 months: how its load spreads over the hours of the day.
-- Shares, not kilowatts: a shop and a factory that keep the same hours have the same shape.
{% set kinds = {'workday': 'true', 'free_day': 'false'} %}
with hours as (
    select
        account_no,
        is_workday,
        hour_of_day,
        sum(usage_kwh) as usage_kwh,
        sum(hours) as hours
    from {{ ref('int_usage__curve_part') }}
    where usage_month >= {{ add_months(month_of(as_of_day()), -11) }} and usage_month <= {{ as_of_day() }}
    group by account_no, is_workday, hour_of_day
    having sum(hours) > 0
),

-- Of the hours' means, so that an hour that was measured less often weighs no less.
means as (
    select
        account_no,
        is_workday,
        hour_of_day,
        hours,
        {{ exact_mean('usage_kwh', 'hours') }} as mean_kw
    from hours
),

ranked as (
    select
        *,
        row_number() over (partition by account_no, is_workday order by mean_kw desc, hour_of_day asc) as load_rank,
        hour_of_day >= {{ threshold('night_from_hour') }} or hour_of_day < {{ threshold('night_until_hour') }} as is_night
    from means
),

pivoted as (
    select
        account_no,
        sum(hours) as hours,
        {% for kind, value in kinds.items() %}
        coalesce(max(case when is_workday = {{ value }} then hours end), 0) as {{ kind }}s,
        -- A day with an hour that was never measured has no shape: its shares would be of a part of the day.
        count(case when is_workday = {{ value }} then 1 end) = 24 as has_{{ kind }},
        sum(case when is_workday = {{ value }} then mean_kw end) as {{ kind }}_kwh,
        max(case when is_workday = {{ value }} then mean_kw end) as {{ kind }}_max_kw,
        max(case when is_workday = {{ value }} and load_rank = 1 then hour_of_day end) as {{ kind }}_peak_hour,
        sum(case when is_workday = {{ value }} and is_night then mean_kw end) as {{ kind }}_night_kwh,
        {% for hour in range(24) %}
        max(case when is_workday = {{ value }} and hour_of_day = {{ hour }} then mean_kw end) as {{ kind }}_{{ hour }}_kw
        {{- "," if not loop.last }}
        {% endfor %}
        {{ "," if not loop.last }}
        {% endfor %}
    from ranked
    group by account_no
)

select
    account_no,
    cast(hours as integer) as hours,
    {% for kind in kinds %}
    cast({{ kind }}s as integer) as {{ kind }}s,
    case when has_{{ kind }} then round({{ ratio(kind ~ '_kwh', '24') }}, 9) end as {{ kind }}_mean_kw,
    case when has_{{ kind }} then {{ kind }}_peak_hour end as {{ kind }}_peak_hour,
    case when has_{{ kind }} and {{ kind }}_kwh > 0
        then round({{ ratio(kind ~ '_night_kwh', kind ~ '_kwh') }}, 9) end as {{ kind }}_night_share,
    case when has_{{ kind }} and {{ kind }}_kwh > 0
        then round({{ ratio(kind ~ '_kwh', '24 * ' ~ kind ~ '_max_kw') }}, 9) end as {{ kind }}_load_factor,
    {% endfor %}
    case when has_workday and has_free_day then round({{ ratio('free_day_kwh', 'workday_kwh') }}, 9) end as free_day_to_workday_ratio,
    {% for kind in kinds %}
    {% set is_last_kind = loop.last %}
    {% for hour in range(24) %}
    case when has_{{ kind }} and {{ kind }}_kwh > 0
        then round({{ ratio(kind ~ '_' ~ hour ~ '_kw', kind ~ '_kwh') }}, 9) end
        as {{ kind }}_h{{ '%02d' % hour }}_share{{ "," if not (is_last_kind and loop.last) }}
    {% endfor %}
    {% endfor %}
from pivoted
