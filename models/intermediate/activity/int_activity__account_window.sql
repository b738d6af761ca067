-- int_activity__account_window: one row per account and complete month with an event known in the year up to it: counts.
{{ config(
    materialized=day_by_day(),
    incremental_strategy='append',
    pre_hook="{{ delete_changed('last_day(month) >= ' ~ changed_from()) }}"
) }}
{% set features = activity_features() %}
with calendar as (
    select account_no, month, month_end from {{ ref('int_core__account_calendar') }}
    {% if is_incremental() %}
    where month_end >= {{ changed_from() }}
    {% endif %}
)

select
    calendar.account_no,
    calendar.month,
    {% for feature, codes, windows in features.counts %}
    {% for months in windows %}
    count(case when {{ is_event('events.code', codes) }} and events.happened_month >= {{ add_months('calendar.month', 1 - months) }}
        then 1 end) as {{ feature }}_{{ months }}m,
    {% endfor %}
    {% endfor %}
    {% for feature, codes in features.lasts %}
    max(case when {{ is_event('events.code', codes) }} then events.happened_month end) as last_{{ feature }}_month,
    {% endfor %}
    sum(case when {{ is_event('events.code', ['outage', 'planned_outage']) }}
        and events.happened_month >= {{ add_months('calendar.month', -2) }} then events.value end) as outage_minutes_3m,
    sum(case when {{ is_event('events.code', ['outage', 'planned_outage']) }} then events.value end) as outage_minutes_12m,
    max(case when {{ is_event('events.code', ['outage', 'planned_outage']) }} then events.value end) as longest_outage_minutes_12m,
    sum(case when {{ is_event('events.code', ['order', 'complaint']) }} then events.value end) as hours_to_close_12m,
    count(case when {{ is_event('events.code', ['order', 'complaint']) }} then events.value end) as closed_orders_12m,
    sum(case when events.code = 'rating' then events.value end) as satisfaction_12m,
    min(case when events.code = 'rating' then events.value end) as least_satisfaction_12m,
    sum(case when events.code = 'survey' then events.value end) as survey_score_12m,
    sum(case when events.code = 'finding' then events.value end) as recovered_kwh_12m
from calendar
inner join {{ ref('int_activity__event') }} as events
    on
        calendar.account_no = events.account_no
        and events.happened_month <= calendar.month
        and events.happened_month >= {{ add_months('calendar.month', -11) }}
        and events.known_from <= calendar.month_end
        and (events.known_until is null or events.known_until > calendar.month_end)
group by calendar.account_no, calendar.month
