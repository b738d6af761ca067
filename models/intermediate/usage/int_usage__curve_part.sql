-- int_usage__curve_part: one row per account, month of use, month of knowledge, kind of day and hour of day: sums of its hours.
-- What is known in month M are the sums of all parts with known_month <= M: an hour told again is taken away in that month and added anew.
with told as (
    select
        account_no,
        hour,
        known_from_month as known_month,
        demand_kw as usage_kwh,
        1 as hours
    from {{ ref('int_usage__account_hour') }}
    union all
    select
        account_no,
        hour,
        known_until_month as known_month,
        -demand_kw as usage_kwh,
        -1 as hours
    from {{ ref('int_usage__account_hour') }}
    where known_until_month is not null
)

-- The mean power of an hour in kW is its energy in kWh.
select
    told.account_no,
    dates.month as usage_month,
    told.known_month,
    dates.is_workday,
    cast(hour(told.hour) as integer) as hour_of_day,
    cast(sum(told.usage_kwh) as decimal(18, 6)) as usage_kwh,
    cast(sum(told.hours) as integer) as hours
from told
inner join {{ ref('dim_date') }} as dates on cast(told.hour as date) = dates.day
group by told.account_no, dates.month, told.known_month, dates.is_workday, hour(told.hour)
