-- int_usage__account_day_known: one row per account, day and month of knowledge, with the quality flags of the day.
-- The one home of the flags; fct_account_day is its newest month of knowledge.
with known_days as (
    select
        versions.account_no,
        versions.day,
        versions.usage_month,
        known.known_month,
        known.next_known_month is null as is_newest,
        -- The sum of some of an account's meters would pass for a whole day, so one failed meter leaves the day without a value.
        case when count(versions.usage_kwh) = count(*) then sum(versions.usage_kwh) end as usage_kwh,
        sum(versions.sharp_kwh) as sharp_kwh,
        sum(versions.peak_kwh) as peak_kwh,
        sum(versions.flat_kwh) as flat_kwh,
        sum(versions.valley_kwh) as valley_kwh,
        sum(versions.export_kwh) as export_kwh,
        bool_or(versions.is_estimated) as is_estimated,
        bool_or(versions.is_short_day) as is_short_day
    from {{ ref('int_usage__read_version') }} as versions
    inner join {{ ref('int_usage__known_month') }} as known
        on
            versions.account_no = known.account_no
            and versions.usage_month = known.usage_month
            and versions.known_from_month <= known.known_month
            and (versions.known_until_month is null or versions.known_until_month > known.known_month)
    group by versions.account_no, versions.day, versions.usage_month, known.known_month, known.next_known_month
),

compared as (
    select
        *,
        -- Days that a spike may be compared with.
        coalesce(usage_kwh >= 0 and not is_short_day, false) as is_comparable,
        count(case when usage_kwh >= 0 and not is_short_day then 1 end)
            over (partition by account_no, usage_month, known_month)
            as comparable_days,
        sum(case when usage_kwh >= 0 and not is_short_day then usage_kwh end)
            over (partition by account_no, usage_month, known_month)
            as comparable_kwh
    from known_days
),

flagged as (
    select
        *,
        usage_kwh is null as is_missing,
        coalesce(usage_kwh < 0, false) as is_negative,
        -- Against the mean of the account's other days of the month: a spike must not hide behind itself.
        coalesce(
            is_comparable
            and comparable_days > {{ threshold('spike_min_days') }}
            and usage_kwh > {{ threshold('spike_floor_kwh') }}
            and usage_kwh * (comparable_days - 1) > {{ threshold('spike_factor') }} * (comparable_kwh - usage_kwh),
            false
        ) as is_spike
    from compared
)

select
    account_no,
    day,
    usage_month,
    known_month,
    is_newest,
    cast(usage_kwh as decimal(14, 4)) as usage_kwh,
    cast(sharp_kwh as decimal(14, 4)) as sharp_kwh,
    cast(peak_kwh as decimal(14, 4)) as peak_kwh,
    cast(flat_kwh as decimal(14, 4)) as flat_kwh,
    cast(valley_kwh as decimal(14, 4)) as valley_kwh,
    cast(export_kwh as decimal(14, 4)) as export_kwh,
    is_missing,
    is_estimated,
    is_short_day,
    is_negative,
    is_spike,
    not is_missing and not is_estimated and not is_short_day and not is_negative and not is_spike as is_usable
from flagged
