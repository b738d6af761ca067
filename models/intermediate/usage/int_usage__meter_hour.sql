-- int_usage__meter_hour: one row per meter and hour with a curve: the mean of the hour, from the newest readings of it.
-- The one home of "a demand is the mean of an hour": a curve of 15 minutes gives four readings for it. A reading without a value is none,
-- not a zero. The contract's power has the transformer ratio already in it, so nobody multiplies by it.
{{ config(
    materialized=day_by_day(),
    incremental_strategy='append',
    pre_hook="{{ delete_changed(days_within('day', changed_days('ami', 'load_curves', dbt.dateadd('second', -1, 'read_at')))) }}"
) }}
{% set measured_at = dbt.dateadd('second', -1, 'read_at') %}
with versions as (
    {{ known_versions('ami', 'load_curves') }}
),

readings as (
    select
        meter_no,
        {{ hour_measured('read_at') }} as hour,
        kw,
        {{ month_of('known_from') }} as known_from_month,
        {{ month_of('known_until') }} as known_until_month
    from versions
    where
        kw is not null
        -- Nobody can measure a day that has not come.
        and cast({{ measured_at }} as date) <= load_date
        {% if is_incremental() %}
        and {{ days_within(measured_at, changed_days('ami', 'load_curves', measured_at)) }}
        {% endif %}
)

select
    meter_no,
    -- Two small numbers: times of meters in no order would fill as much of the file as the demands.
    cast(hour as date) as day,
    cast(hour(hour) as integer) as hour_of_day,
    {{ exact_mean('sum(case when known_until_month is null then kw end)', 'count(case when known_until_month is null then 1 end)') }}
        as demand_kw,
    cast(count(case when known_until_month is null then 1 end) as integer) as readings,
    max(known_from_month) as known_from_month,
    -- Whether it was known otherwise at an earlier month's end.
    min(known_from_month) < max(known_from_month) or count(known_until_month) > 0 as is_told_again
from readings
where known_until_month is null or known_from_month < known_until_month
group by meter_no, cast(hour as date), hour(hour)
