-- int_usage__shared_account_day: one row per day and month of knowledge of an account that had more than one meter: their sum.
with versions as (
    select * from {{ ref('int_usage__read_version') }}
    where shares_account
),

known as (
    select
        *,
        lead(known_month) over (partition by account_no, usage_month order by known_month) as next_known_month
    from {{ ref('int_usage__known_month') }}
    where account_no in (select account_no from {{ ref('int_core__meter_version') }} where shares_account)
),

read_days as (
    select
        versions.account_no,
        versions.day,
        versions.usage_month,
        known.known_month,
        known.next_known_month,
        known.changed_on,
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
    from versions
    inner join known
        on
            versions.account_no = known.account_no
            and versions.usage_month = known.usage_month
            and versions.known_from_month <= known.known_month
            and (versions.known_until_month is null or versions.known_until_month > known.known_month)
    group by
        versions.account_no, versions.day, versions.usage_month, known.known_month, known.next_known_month, known.changed_on
),

-- The first read of each meter, and the month from which it was known.
landed_months as (
    select
        meter_no,
        known_from_month,
        min(day) as first_day
    from versions
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
            and told.known_from <= read_days.changed_on
            and (told.newest_at_account_until is null or told.newest_at_account_until > read_days.changed_on)
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
)

select
    read_days.account_no,
    read_days.day,
    read_days.usage_month,
    read_days.known_month as known_from_month,
    read_days.next_known_month as known_until_month,
    -- The sum of some of an account's meters would pass for a whole day, so one meter that failed or has no row leaves the day
    -- without a value.
    cast(
        case
            when read_days.meters_read = read_days.meters_landed and read_days.meters_read >= coalesce(active_counts.meters, 0)
                then read_days.usage_kwh
        end as decimal(14, 4)
    ) as usage_kwh,
    cast(read_days.sharp_kwh as decimal(14, 4)) as sharp_kwh,
    cast(read_days.peak_kwh as decimal(14, 4)) as peak_kwh,
    cast(read_days.flat_kwh as decimal(14, 4)) as flat_kwh,
    cast(read_days.valley_kwh as decimal(14, 4)) as valley_kwh,
    cast(read_days.export_kwh as decimal(14, 4)) as export_kwh,
    read_days.is_estimated,
    read_days.is_short_day
from read_days
left join active_counts
    on
        read_days.account_no = active_counts.account_no
        and read_days.day = active_counts.day
        and read_days.known_month = active_counts.known_month
