-- fct_account_month: one row per account and calendar month of its supply, as known at the run's date.
select
    account_no,
    {{ month_of('day') }} as month,
    cast(count(*) as integer) as days,
    cast(count(case when has_read then 1 end) as integer) as read_days,
    cast(count(case when is_missing then 1 end) as integer) as missing_days,
    cast(count(case when is_estimated then 1 end) as integer) as estimated_days,
    cast(count(case when is_short_day then 1 end) as integer) as short_days,
    cast(count(case when is_negative then 1 end) as integer) as negative_days,
    cast(count(case when is_spike then 1 end) as integer) as spike_days,
    cast(count(case when is_usable then 1 end) as integer) as usable_days,
    -- Estimated and short days hold real energy; negative days and spikes are false readings.
    cast(sum(case when not is_negative and not is_spike then usage_kwh end) as decimal(18, 4)) as usage_kwh,
    {{ ratio('sum(case when is_usable then usage_kwh end)', 'count(case when is_usable then 1 end)') }}
        as mean_daily_kwh,
    cast(max(case when is_usable then usage_kwh end) as decimal(14, 4)) as max_daily_kwh,
    cast(sum(case when is_usable then sharp_kwh end) as decimal(18, 4)) as sharp_kwh,
    cast(sum(case when is_usable then peak_kwh end) as decimal(18, 4)) as peak_kwh,
    cast(sum(case when is_usable then flat_kwh end) as decimal(18, 4)) as flat_kwh,
    cast(sum(case when is_usable then valley_kwh end) as decimal(18, 4)) as valley_kwh,
    cast(sum(export_kwh) as decimal(18, 4)) as export_kwh
from {{ ref('fct_account_day') }}
group by account_no, {{ month_of('day') }}
