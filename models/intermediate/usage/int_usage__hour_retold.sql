-- int_usage__hour_retold: one row per account, hour and version of what was known of it, with the months it was the newest.
-- Only hours whose readings landed in several months, and hours of accounts that had several meters: of all others the hour of the
-- meter is the hour of the account (int_usage__account_hour).
with hours as (
    select
        meters.account_no,
        hours.meter_no,
        {{ hour_of_day('hours') }} as hour,
        meters.known_from as meter_known_from
    from {{ ref('int_usage__meter_hour') }} as hours
    inner join {{ ref('int_core__meter_version') }} as meters
        on hours.meter_no = meters.meter_no and {{ known_at('meters', 'hours.day') }}
    where hours.is_told_again or meters.shares_account
),

-- How many readings the meter gave for an hour on that day: how long each of them stands for.
paces as (
    select
        meter_no,
        day,
        max(readings) as readings_per_hour
    from {{ ref('int_usage__meter_hour') }}
    where meter_no in (select meter_no from hours)
    group by meter_no, day
),

versions as (
    {{ known_versions('ami', 'load_curves') }}
),

readings as (
    select
        hours.account_no,
        hours.meter_no,
        hours.hour,
        versions.kw,
        greatest({{ month_of('versions.known_from') }}, {{ month_of('hours.meter_known_from') }}) as known_from_month,
        {{ month_of('versions.known_until') }} as known_until_month
    from versions
    inner join hours
        on
            versions.meter_no = hours.meter_no
            and {{ hour_measured('versions.read_at') }} = hours.hour
    where
        versions.kw is not null
        and cast({{ dbt.dateadd('second', -1, 'versions.read_at') }} as date) <= versions.load_date
),

counting as (
    select * from readings
    where known_until_month is null or known_from_month < known_until_month
),

moments as (
    select account_no, hour, known_from_month as known_month from counting
    union
    select account_no, hour, known_until_month as known_month from counting
    where known_until_month is not null
),

meter_states as (
    select
        moments.account_no,
        moments.hour,
        moments.known_month,
        counting.meter_no,
        sum(counting.kw) as kw,
        count(*) as readings
    from counting
    inner join moments
        on
            counting.account_no = moments.account_no
            and counting.hour = moments.hour
            and counting.known_from_month <= moments.known_month
            and (counting.known_until_month is null or counting.known_until_month > moments.known_month)
    group by moments.account_no, moments.hour, moments.known_month, counting.meter_no
),

-- Minutes that each meter answers for, whole numbers: sums stay exact.
weighed as (
    select
        states.*,
        states.readings * cast(floor(60 / greatest(paces.readings_per_hour, 1)) as integer) as minutes,
        states.kw * cast(floor(60 / greatest(paces.readings_per_hour, 1)) as integer) as kw_minutes
    from meter_states as states
    inner join paces on states.meter_no = paces.meter_no and cast(states.hour as date) = paces.day
),

states as (
    select
        account_no,
        hour,
        known_month,
        -- Meters that answer for no more than the hour between them took turns: one replaced the other. Otherwise they ran beside
        -- each other, and the account's demand is their sum.
        cast(
            case
                when sum(minutes) <= 60 then {{ exact_mean('sum(kw_minutes)', 'sum(minutes)') }}
                else sum({{ exact_mean('kw', 'readings') }})
            end as decimal(18, 6)
        ) as demand_kw
    from weighed
    group by account_no, hour, known_month
)

select
    moments.account_no,
    moments.hour,
    moments.known_month as known_from_month,
    lead(moments.known_month) over (partition by moments.account_no, moments.hour order by moments.known_month) as known_until_month,
    -- Null from a month in which every reading was taken back.
    states.demand_kw
from moments
left join states
    on moments.account_no = states.account_no and moments.hour = states.hour and moments.known_month = states.known_month
