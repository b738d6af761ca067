-- int_usage__read_version: one row per meter, day and version of its read, with the months it was the newest known.
-- A version that was replaced within the month it landed in was never known at a month's end: it is left out.
{{ config(materialized='view') }}
with versions as (
    {{ known_versions('ami', 'daily_reads') }}
),

dated as (
    select
        versions.meter_no,
        meters.account_no,
        versions.read_date as day,
        {{ month_of('versions.read_date') }} as usage_month,
        versions.load_date,
        meters.known_from as meter_known_from,
        greatest(
            {{ month_of('versions.known_from') }},
            {{ month_of('versions.read_date') }},
            {{ month_of('meters.known_from') }}
        ) as known_from_month,
        {{ month_of('versions.known_until') }} as known_until_month,
        versions.kwh_total as usage_kwh,
        versions.kwh_sharp as sharp_kwh,
        versions.kwh_peak as peak_kwh,
        versions.kwh_flat as flat_kwh,
        versions.kwh_valley as valley_kwh,
        versions.kwh_export as export_kwh,
        versions.read_status <> 'actual' as is_estimated,
        coalesce(versions.intervals_read < versions.intervals_expected, false) as is_short_day,
        meters.shares_account
    from versions
    -- The account that the meter belonged to, by its record of that day, on the day read: a meter that moves leaves its past behind,
    -- and an old day that lands again after the move stays where it was.
    inner join {{ ref('int_core__meter_version') }} as meters
        on versions.meter_no = meters.meter_no and {{ known_at('meters', 'versions.read_date') }}
    -- Nobody can read a day that has not come: such a row is a wrong date (staging's test lists it).
    where versions.read_date <= versions.load_date
)

select * from dated
where known_until_month is null or known_from_month < known_until_month
