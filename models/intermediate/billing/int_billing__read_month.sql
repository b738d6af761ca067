-- int_billing__read_month: one row per account and month with reads: energy by register as known at the run's date, and days in doubt.
-- Estimates are counted as read; negative days and spikes are false readings.
with unread as (
    select account_no, month, count(*) as days
    from {{ ref('int_usage__unread_day') }}
    group by account_no, month
),

months as (
    select account_no, usage_month as month from {{ ref('int_usage__account_month') }}
    union
    select account_no, month from unread
)

select
    months.account_no,
    months.month,
    coalesce(reads.usable_days, 0) as usable_days,
    coalesce(reads.read_days - reads.value_days, 0) + coalesce(unread.days, 0) as missing_days,
    coalesce(reads.doubtful_days, 0) as estimated_days,
    coalesce(reads.negative_days + reads.spike_days, 0) as false_days,
    reads.valid_max_kwh as max_daily_kwh,
    reads.usage_kwh,
    {% for register in ['sharp', 'peak', 'flat', 'valley'] %}
    reads.valid_{{ register }}_kwh as {{ register }}_kwh,
    {% endfor %}
    coalesce(reads.spike_kwh, 0) as spike_kwh
from months
left join {{ ref('int_usage__account_month') }} as reads
    on months.account_no = reads.account_no and months.month = reads.usage_month
left join unread on months.account_no = unread.account_no and months.month = unread.month
