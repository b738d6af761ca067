-- int_usage__account_hour: one row per account, hour with a curve and version of its mean power, with the months it was the newest known.
-- The newest knowledge: known_until_month is null.
{{ config(materialized='view') }}
select
    meters.account_no,
    {{ hour_of_day('hours') }} as hour,
    greatest(hours.known_from_month, {{ month_of('meters.known_from') }}) as known_from_month,
    cast(null as date) as known_until_month,
    hours.demand_kw
from {{ ref('int_usage__meter_hour') }} as hours
inner join {{ ref('int_core__meter_version') }} as meters
    on hours.meter_no = meters.meter_no and {{ known_at('meters', 'hours.day') }}
where not hours.is_told_again and not meters.shares_account
union all
select
    account_no,
    hour,
    known_from_month,
    known_until_month,
    demand_kw
from {{ ref('int_usage__hour_retold') }}
where demand_kw is not null
