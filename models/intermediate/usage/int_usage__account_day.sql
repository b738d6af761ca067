-- int_usage__account_day: one row per account and day that was read, as known at the run's date, with the quality flags of the day.
-- A view: the landed files hold each read already, and only months with a spike have a day to judge by its neighbours.
{{ config(materialized='view') }}
with days as (
    select
        versions.*,
        {{ is_spike('versions', 'levels') }} as is_spike
    from {{ ref('int_usage__account_day_version') }} as versions
    left join {{ ref('int_usage__spike_month') }} as levels
        on versions.account_no = levels.account_no and versions.usage_month = levels.usage_month
    where versions.known_until_month is null
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
