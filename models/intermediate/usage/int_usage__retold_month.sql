-- int_usage__retold_month: one row per account and month of use that has to be summed anew at each month of knowledge.
-- Of all others, each month of knowledge adds to what was known: nothing was taken back, and no day is judged by later ones.
with knowledge as (
    select account_no, usage_month from {{ ref('int_usage__known_month') }}
),

-- Weather that was corrected, or known later than the reads of its day.
unsteady_weather as (
    select district_code, {{ month_of('day') }} as usage_month
    from {{ ref('int_core__weather_version') }}
    where known_until is not null or {{ month_of('known_from') }} > {{ month_of(dbt.dateadd('day', 1, 'day')) }}
),

-- The last day's weather, like its read, is known in the month after. A read of the day itself comes before it.
late_weather as (
    select district_code, {{ month_of('day') }} as usage_month
    from {{ ref('int_core__weather_version') }}
    where {{ month_of('known_from') }} > {{ month_of('day') }}
),

districts as (
    select account_no, district_code
    from {{ ref('int_core__account_version') }}
    where known_until is null
),

highest as (
    select account_no, usage_month, max(highest_comparable_kwh) as usage_kwh, false as is_short_day
    from {{ ref('int_usage__month_change') }}
    where highest_comparable_kwh > {{ threshold('spike_floor_kwh') }}
    group by account_no, usage_month
)

-- Several meters, of which one may be missing.
select account_no, usage_month from knowledge
where account_no in (select account_no from {{ ref('int_core__meter_version') }} where shares_account)
union
-- Another district, with another weather.
select account_no, usage_month from knowledge
where account_no in (
    select account_no from {{ ref('int_core__account_version') }}
    group by account_no having count(distinct coalesce(district_code, '')) > 1
)
union
select account_no, usage_month from {{ ref('int_usage__read_version') }}
where known_until_month is not null
union
-- More of it became known after the month that followed.
select account_no, usage_month from {{ ref('int_usage__month_change') }}
where known_month > usage_month
group by account_no, usage_month having count(*) > 1
union
-- If the month's highest day is no spike, none is: at any time.
select highest.account_no, highest.usage_month
from {{ ref('int_usage__month_level') }} as levels
inner join highest on levels.account_no = highest.account_no and levels.usage_month = highest.usage_month
where {{ is_spike('highest', 'levels') }}
union
select knowledge.account_no, knowledge.usage_month
from knowledge
inner join districts on knowledge.account_no = districts.account_no
inner join unsteady_weather
    on districts.district_code = unsteady_weather.district_code and knowledge.usage_month = unsteady_weather.usage_month
union
select changes.account_no, changes.usage_month
from {{ ref('int_usage__month_change') }} as changes
inner join districts on changes.account_no = districts.account_no
inner join late_weather
    on districts.district_code = late_weather.district_code and changes.usage_month = late_weather.usage_month
where changes.has_early_last_day
