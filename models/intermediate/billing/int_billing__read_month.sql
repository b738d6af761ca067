-- int_billing__read_month: one row per account and month with reads: energy by register as known at the run's date, and days in doubt.
-- The bill check's one pass over fct_account_day. Estimates are counted as read; negative days and spikes are false readings.
select
    account_no,
    {{ month_of('day') }} as month,
    count(case when is_usable then 1 end) as usable_days,
    count(case when is_missing then 1 end) as missing_days,
    count(case when is_estimated or is_short_day then 1 end) as estimated_days,
    count(case when is_negative or is_spike then 1 end) as false_days,
    max(case when not is_negative and not is_spike then usage_kwh end) as max_daily_kwh,
    {% for register in ['usage', 'sharp', 'peak', 'flat', 'valley'] %}
    sum(case when not is_missing and not is_negative and not is_spike then {{ register }}_kwh end) as {{ register }}_kwh,
    {% endfor %}
    sum(case when is_spike then usage_kwh else 0 end) as spike_kwh
from {{ ref('fct_account_day') }}
group by account_no, {{ month_of('day') }}
