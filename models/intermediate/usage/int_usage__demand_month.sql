-- int_usage__demand_month: one row per account and month with a curve: its highest hour, as known at the run's date.
-- Against the capacity on record on the day of the hour, since a capacity can change within a month.
with hours as (
    select
        loads.account_no,
        {{ month_of('loads.hour') }} as month,
        loads.hour,
        loads.demand_kw,
        accounts.contract_capacity_kva,
        -- Of equal hours the first: a ten-thousandth of the power's last digit an hour.
        loads.demand_kw - cast(day(loads.hour) * 24 + hour(loads.hour) as decimal(18, 10)) * cast(0.0000000001 as decimal(11, 10)) as place
    from {{ ref('int_usage__account_hour') }} as loads
    left join {{ ref('int_core__account_version') }} as accounts
        on loads.account_no = accounts.account_no and {{ known_at('accounts', 'cast(loads.hour as date)') }}
    where loads.known_until_month is null
)

select
    account_no,
    month,
    cast(count(*) as integer) as hours,
    cast(sum(demand_kw) as decimal(18, 6)) as usage_kwh,
    cast(max(demand_kw) as decimal(18, 6)) as max_demand_kw,
    max_by(hour, place) as max_demand_hour,
    max_by(contract_capacity_kva, place) as contract_capacity_kva,
    cast(count(case when demand_kw > contract_capacity_kva then 1 end) as integer) as hours_above_capacity
from hours
group by account_no, month
