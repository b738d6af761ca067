-- int_usage__account_month_known: one row per account, month of use and month of knowledge: exact sums of its days.
-- Sums of any window are sums of these rows, so twelve months cost twelve rows an account.
with days as (
    select
        days.*,
        -- Wide enough for its own square: a large factory's day in Wh by mistake must reach the gate, not overflow.
        cast(days.usage_kwh as decimal(19, 4)) as wide_kwh,
        dates.is_workday,
        dates.season,
        weather.hdd,
        weather.cdd,
        days.is_usable and weather.hdd is not null as is_weather_day,
        days.is_usable and days.peak_kwh is not null and days.valley_kwh is not null as is_tou_day
    from {{ ref('int_usage__account_day_known') }} as days
    inner join {{ ref('dim_date') }} as dates on days.day = dates.day
    left join {{ ref('int_core__account_version') }} as accounts
        on days.account_no = accounts.account_no and {{ known_at('accounts', 'last_day(days.known_month)') }}
    left join {{ ref('int_core__weather_version') }} as weather
        on
            accounts.district_code = weather.district_code
            and days.day = weather.day
            and weather.known_from <= last_day(days.known_month)
            and (weather.known_until is null or weather.known_until > last_day(days.known_month))
)

select
    account_no,
    usage_month,
    known_month,
    min(day) as first_day,
    max(case when not is_missing then usage_month end) as value_month,
    count(case when not is_missing then 1 end) as value_days,
    -- Of the days with a value, which they are shares of: an estimate may land without one.
    count(case when is_estimated and not is_missing then 1 end) as estimated_days,
    count(case when is_short_day and not is_missing then 1 end) as short_days,
    sum(case when not is_negative and not is_spike then usage_kwh end) as usage_kwh,
    sum(export_kwh) as export_kwh,
    -- usable days
    count(case when is_usable then 1 end) as usable_days,
    sum(case when is_usable then usage_kwh end) as usable_kwh,
    sum(case when is_usable then wide_kwh * wide_kwh end) as usable_kwh_sq,
    max(case when is_usable then usage_kwh end) as max_kwh,
    count(case when is_usable and usage_kwh = 0 then 1 end) as zero_days,
    count(case when is_usable and is_workday then 1 end) as work_days,
    sum(case when is_usable and is_workday then usage_kwh end) as work_kwh,
    count(case when is_usable and not is_workday then 1 end) as free_days,
    sum(case when is_usable and not is_workday then usage_kwh end) as free_kwh,
    count(case when is_usable and season = 'winter' then 1 end) as winter_days,
    sum(case when is_usable and season = 'winter' then usage_kwh end) as winter_kwh,
    count(case when is_usable and season = 'summer' then 1 end) as summer_days,
    sum(case when is_usable and season = 'summer' then usage_kwh end) as summer_kwh,
    -- days with time-of-use registers
    count(case when is_tou_day then 1 end) as tou_days,
    sum(case when is_tou_day then coalesce(sharp_kwh, 0) + peak_kwh end) as tou_peak_kwh,
    sum(case when is_tou_day then valley_kwh end) as tou_valley_kwh,
    sum(case when is_tou_day then coalesce(sharp_kwh, 0) + peak_kwh + coalesce(flat_kwh, 0) + valley_kwh end)
        as tou_kwh,
    -- usable days with weather: the sums of the degree-day regression
    count(case when is_weather_day then 1 end) as w_days,
    count(case when is_weather_day and hdd > 0 then 1 end) as w_hdd_days,
    count(case when is_weather_day and cdd > 0 then 1 end) as w_cdd_days,
    sum(case when is_weather_day then usage_kwh end) as w_kwh,
    sum(case when is_weather_day then wide_kwh * wide_kwh end) as w_kwh_sq,
    sum(case when is_weather_day then hdd end) as w_hdd,
    sum(case when is_weather_day then cdd end) as w_cdd,
    sum(case when is_weather_day then hdd * hdd end) as w_hdd_sq,
    sum(case when is_weather_day then cdd * cdd end) as w_cdd_sq,
    sum(case when is_weather_day then hdd * cdd end) as w_hdd_cdd,
    sum(case when is_weather_day then wide_kwh * hdd end) as w_kwh_hdd,
    sum(case when is_weather_day then wide_kwh * cdd end) as w_kwh_cdd
from days
group by account_no, usage_month, known_month
