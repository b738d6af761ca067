-- int_usage__account_day: one row per account and day that was read, as known at the run's date, with the quality flags of the day.
{{ config(
    materialized=day_by_day(),
    incremental_strategy='append',
    pre_hook="{{ delete_changed(
        '(account_no, usage_month) in (select account_no, usage_month from ' ~ ref('int_usage__month_level')
        ~ ' where changed_on >= ' ~ changed_from() ~ ')'
    ) }}"
) }}
with newest as (
    select
        account_no,
        usage_month,
        max_by(comparable_days, known_month) as comparable_days,
        max_by(comparable_kwh, known_month) as comparable_kwh
    from {{ ref('int_usage__month_level') }}
    group by account_no, usage_month
    {% if is_incremental() %}
    having max(changed_on) >= {{ changed_from() }}
    {% endif %}
),

days as (
    select
        versions.*,
        {{ is_spike('versions', 'newest') }} as is_spike
    from {{ ref('int_usage__account_day_version') }} as versions
    inner join newest on versions.account_no = newest.account_no and versions.usage_month = newest.usage_month
    where
        versions.known_until_month is null
        {% if is_incremental() %}
        and {{ days_within('versions.day', changed_usage_days(ref('int_usage__month_level'))) }}
        {% endif %}
),

flagged as (
    {{ usage_flags('days') }}
)

select
    account_no,
    day,
    usage_month,
    usage_kwh,
    sharp_kwh,
    peak_kwh,
    flat_kwh,
    valley_kwh,
    export_kwh,
    is_missing,
    is_estimated,
    is_short_day,
    is_negative,
    is_spike,
    is_usable
from flagged
