-- int_usage__account_month_known: one row per account, month of use and month of knowledge: exact sums of its days.
-- Sums of any window are sums of these rows, so twelve months cost twelve rows an account.
{{ config(
    materialized=day_by_day(),
    incremental_strategy='append',
    pre_hook="{{ delete_changed(is_known_anew(ref('int_usage__month_level'))) }}",
    post_hook="{{ insert_other_slices(month_slices(
        ref('int_usage__month_level'), 'usage_month', 'changed_on >= ' ~ (changed_from() if is_incremental() else everything())
    )) }}"
) }}
{% set slices = month_slices(
    ref('int_usage__month_level'), 'usage_month', 'changed_on >= ' ~ (changed_from() if is_incremental() else everything())
) %}
with levels as (
    select
        levels.*,
        -- The day's weather by the district that the record named then.
        accounts.district_code
    from {{ ref('int_usage__month_level') }} as levels
    left join {{ ref('int_core__account_version') }} as accounts
        on levels.account_no = accounts.account_no and {{ known_at('accounts', 'levels.changed_on') }}
    where
        {{ within_slice('levels.usage_month', slices[0]) }}
        {% if is_incremental() %}
        and levels.changed_on >= {{ changed_from() }}
        {% endif %}
),

days as (
    select
        versions.*,
        levels.known_month,
        levels.changed_on,
        levels.district_code,
        {{ is_spike('versions', 'levels') }} as is_spike
    from {{ ref('int_usage__account_day_version') }} as versions
    inner join levels
        on
            versions.account_no = levels.account_no
            and versions.usage_month = levels.usage_month
            and versions.known_from_month <= levels.known_month
            and (versions.known_until_month is null or versions.known_until_month > levels.known_month)
    where {{ within_slice('versions.day', slices[0]) }}
),

flagged as (
    {{ usage_flags('days') }}
),

dated as (
    select
        flagged.*,
        -- Wide enough for its own square: a large factory's day in Wh by mistake must reach the gate, not overflow.
        cast(flagged.usage_kwh as decimal(19, 4)) as wide_kwh,
        dates.is_workday,
        dates.day_bit,
        weather.hdd,
        weather.cdd,
        flagged.is_usable and weather.hdd is not null as is_weather_day,
        flagged.is_usable and flagged.peak_kwh is not null and flagged.valley_kwh is not null as is_tou_day
    from flagged
    inner join {{ ref('dim_date') }} as dates on flagged.day = dates.day
    left join {{ ref('int_core__weather_version') }} as weather
        on
            flagged.district_code = weather.district_code
            and flagged.day = weather.day
            and weather.known_from <= flagged.changed_on
            and (weather.known_until is null or weather.known_until > flagged.changed_on)
)

select
    account_no,
    usage_month,
    known_month,
    changed_on,
    count(*) as read_days,
    count(case when not is_missing then 1 end) as value_days,
    count(case when is_estimated and not is_missing then 1 end) as estimated_days,
    count(case when is_short_day and not is_missing then 1 end) as short_days,
    -- One bit a day, the first lowest: which days were read, and how well.
    cast(sum(day_bit) as bigint) as read_bits,
    cast(sum(case when not is_missing then day_bit else 0 end) as bigint) as value_bits,
    cast(sum(case when is_estimated and not is_missing then day_bit else 0 end) as bigint) as estimated_bits,
    cast(sum(case when is_short_day and not is_missing then day_bit else 0 end) as bigint) as short_bits,
    min(day) as first_day,
    max(day) as last_day,
    max(case when not is_missing then day end) as last_value_day,
    count(case when is_negative then 1 end) as negative_days,
    count(case when is_spike then 1 end) as spike_days,
    cast(sum(case when not is_negative and not is_spike then usage_kwh end) as decimal(18, 4)) as usage_kwh,
    cast(sum(export_kwh) as decimal(18, 4)) as export_kwh,
    -- usable days
    count(case when is_usable then 1 end) as usable_days,
    cast(sum(case when is_usable then usage_kwh end) as decimal(18, 4)) as usable_kwh,
    sum(case when is_usable then wide_kwh * usage_kwh end) as usable_kwh_sq,
    max(case when is_usable then usage_kwh end) as max_kwh,
    count(case when is_usable and usage_kwh = 0 then 1 end) as zero_days,
    count(case when is_usable and is_workday then 1 end) as work_days,
    cast(sum(case when is_usable and is_workday then usage_kwh end) as decimal(18, 4)) as work_kwh,
    cast(sum(case when is_usable then sharp_kwh end) as decimal(18, 4)) as sharp_kwh,
    cast(sum(case when is_usable then peak_kwh end) as decimal(18, 4)) as peak_kwh,
    cast(sum(case when is_usable then flat_kwh end) as decimal(18, 4)) as flat_kwh,
    cast(sum(case when is_usable then valley_kwh end) as decimal(18, 4)) as valley_kwh,
    -- days with time-of-use registers
    count(case when is_tou_day then 1 end) as tou_days,
    cast(sum(case when is_tou_day then coalesce(sharp_kwh, 0) end) as decimal(18, 4)) as tou_sharp_kwh,
    cast(sum(case when is_tou_day then peak_kwh end) as decimal(18, 4)) as tou_peak_kwh,
    cast(sum(case when is_tou_day then coalesce(flat_kwh, 0) end) as decimal(18, 4)) as tou_flat_kwh,
    cast(sum(case when is_tou_day then valley_kwh end) as decimal(18, 4)) as tou_valley_kwh,
    -- usable days with weather: the sums of the degree-day regression
    count(case when is_weather_day then 1 end) as w_days,
    count(case when is_weather_day and hdd > 0 then 1 end) as w_hdd_days,
    count(case when is_weather_day and cdd > 0 then 1 end) as w_cdd_days,
    cast(sum(case when is_weather_day then usage_kwh end) as decimal(18, 4)) as w_kwh,
    sum(case when is_weather_day then wide_kwh * usage_kwh end) as w_kwh_sq,
    sum(case when is_weather_day then hdd end) as w_hdd,
    sum(case when is_weather_day then cdd end) as w_cdd,
    sum(case when is_weather_day then hdd * hdd end) as w_hdd_sq,
    sum(case when is_weather_day then cdd * cdd end) as w_cdd_sq,
    sum(case when is_weather_day then hdd * cdd end) as w_hdd_cdd,
    sum(case when is_weather_day then wide_kwh * hdd end) as w_kwh_hdd,
    sum(case when is_weather_day then wide_kwh * cdd end) as w_kwh_cdd
from dated
group by account_no, usage_month, known_month, changed_on
