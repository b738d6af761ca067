-- int_usage__account_day_known: one row per account, day and month of knowledge, with the quality flags of the day.
-- The one home of the flags; fct_account_day is its newest month of knowledge.
with read_days as (
    select
        versions.account_no,
        versions.day,
        versions.usage_month,
        known.known_month,
        known.next_known_month is null as is_newest,
        count(*) as meters_landed,
        count(versions.usage_kwh) as meters_read,
        sum(versions.usage_kwh) as usage_kwh,
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

-- Of meters that share an account: their first read, and the month from which it was known.
landed_months as (
    select
        meter_no,
        known_from_month,
        min(day) as first_day
    from {{ ref('int_usage__read_version') }}
    where meter_no in (select meter_no from {{ ref('int_core__meter_version') }} where shares_account)
    group by meter_no, known_from_month
),

earlier_months as (
    select
        *,
        min(first_day) over (
            partition by meter_no order by known_from_month rows between unbounded preceding and 1 preceding
        ) as first_day_before
    from landed_months
),

first_reads as (
    select meter_no, known_from_month, first_day
    from earlier_months
    where first_day_before is null or first_day < first_day_before
),

-- The meters that the account had on the day, by what was known then of their installation (unrecorded: the first read) and
-- removal. On these two days themselves the meter may or may not be read.
active_meters as (
    select
        read_days.account_no,
        read_days.day,
        read_days.known_month,
        assigned.meter_no
    from read_days
    inner join {{ ref('int_core__meter_version') }} as assigned
        on
            read_days.account_no = assigned.account_no
            and assigned.shares_account
            and {{ known_at('assigned', 'read_days.day') }}
    inner join {{ ref('int_core__meter_version') }} as told
        on
            assigned.meter_no = told.meter_no
            and assigned.account_no = told.account_no
            and told.known_from <= last_day(read_days.known_month)
            and (told.newest_at_account_until is null or told.newest_at_account_until > last_day(read_days.known_month))
    left join first_reads
        on assigned.meter_no = first_reads.meter_no and first_reads.known_from_month <= read_days.known_month
    where told.removed_on is null or read_days.day < told.removed_on
    group by read_days.account_no, read_days.day, read_days.known_month, assigned.meter_no
    having read_days.day > min(coalesce(told.installed_on, first_reads.first_day))
),

active_counts as (
    select account_no, day, known_month, count(*) as meters
    from active_meters
    group by account_no, day, known_month
),

known_days as (
    select
        read_days.account_no,
        read_days.day,
        read_days.usage_month,
        read_days.known_month,
        read_days.is_newest,
        -- The sum of some of an account's meters would pass for a whole day, so one meter that failed or has no row leaves the day
        -- without a value.
        case
            when read_days.meters_read = read_days.meters_landed and read_days.meters_read >= coalesce(active_counts.meters, 0)
                then read_days.usage_kwh
        end as usage_kwh,
        read_days.sharp_kwh,
        read_days.peak_kwh,
        read_days.flat_kwh,
        read_days.valley_kwh,
        read_days.export_kwh,
        read_days.is_estimated,
        read_days.is_short_day
    from read_days
    left join active_counts
        on
            read_days.account_no = active_counts.account_no
            and read_days.day = active_counts.day
            and read_days.known_month = active_counts.known_month
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
