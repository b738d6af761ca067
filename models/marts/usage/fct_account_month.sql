-- fct_account_month: one row per account and calendar month of its supply, as known at the run's date.
-- The newest knowledge of the month's sums; the days are not read again.
{% set registers = ['sharp', 'peak', 'flat', 'valley'] %}
{% set registers_kwh = 'newest.tou_sharp_kwh + newest.tou_peak_kwh + newest.tou_flat_kwh + newest.tou_valley_kwh' %}
with newest as (
    select * from {{ ref('int_usage__account_month') }}
),

unread as (
    select account_no, month, count(*) as days
    from {{ ref('int_usage__unread_day') }}
    group by account_no, month
),

months as (
    select account_no, usage_month as month from newest
    union
    select account_no, month from unread
)

select
    months.account_no,
    months.month,
    cast(coalesce(newest.read_days, 0) + coalesce(unread.days, 0) as integer) as days,
    cast(coalesce(newest.read_days, 0) as integer) as read_days,
    cast(coalesce(newest.read_days - newest.value_days, 0) + coalesce(unread.days, 0) as integer) as missing_days,
    cast(coalesce(newest.estimated_days, 0) as integer) as estimated_days,
    cast(coalesce(newest.short_days, 0) as integer) as short_days,
    cast(coalesce(newest.negative_days, 0) as integer) as negative_days,
    cast(coalesce(newest.spike_days, 0) as integer) as spike_days,
    cast(coalesce(newest.usable_days, 0) as integer) as usable_days,
    -- Estimated and short days hold real energy; negative days and spikes are false readings.
    cast(newest.usage_kwh as decimal(18, 4)) as usage_kwh,
    round({{ ratio('newest.usable_kwh', 'newest.usable_days') }}, 6) as mean_daily_kwh,
    cast(newest.max_kwh as decimal(14, 4)) as max_daily_kwh,
    cast(newest.sharp_kwh as decimal(18, 4)) as sharp_kwh,
    cast(newest.peak_kwh as decimal(18, 4)) as peak_kwh,
    cast(newest.flat_kwh as decimal(18, 4)) as flat_kwh,
    cast(newest.valley_kwh as decimal(18, 4)) as valley_kwh,
    cast(newest.export_kwh as decimal(18, 4)) as export_kwh,
    cast(coalesce(newest.tou_days, 0) as integer) as tou_days,
    -- Of what the registers hold, not of the total: where they do not sum to it, shares of the total would not sum to one.
    {% for register in registers %}
    round({{ ratio('newest.tou_' ~ register ~ '_kwh', registers_kwh) }}, 6) as {{ register }}_share,
    {% endfor %}
    -- Only a month whose usable days all have registers can be held against its total.
    case
        when newest.tou_days = newest.usable_days
            then {{ register_gap('newest.usable_kwh', registers_kwh, 'newest.tou_days') }}
    end as has_register_gap
from months
left join newest on months.account_no = newest.account_no and months.month = newest.usage_month
left join unread on months.account_no = unread.account_no and months.month = unread.month
