-- int_billing__demand_month: one row per account charged by demand and month: its highest hour.
-- A demand is the mean of an hour: a curve of 15 minutes gives four values for it, stamped with their end, so that 11:00 is of the
-- hour before. Curves of other accounts are not read.
with charged as (
    select distinct accounts.account_no
    from {{ ref('int_core__account_version') }} as accounts
    inner join {{ ref('tariff_charge') }} as charges
        on accounts.tariff_code = charges.tariff_code and charges.charge = 'demand_kw'
),

hours as (
    select
        meters.account_no,
        date_trunc('hour', {{ dbt.dateadd('second', -1, 'curves.read_at') }}) as hour,
        curves.meter_no,
        sum(curves.demand_kw) / count(*) as demand_kw
    from {{ ref('stg_ami__load_curves') }} as curves
    inner join {{ ref('int_core__meter_version') }} as meters
        on curves.meter_no = meters.meter_no and {{ known_at('meters', 'cast(curves.read_at as date)') }}
    inner join charged on meters.account_no = charged.account_no
    group by meters.account_no, date_trunc('hour', {{ dbt.dateadd('second', -1, 'curves.read_at') }}), curves.meter_no
),

totals as (
    select account_no, hour, sum(demand_kw) as demand_kw
    from hours
    group by account_no, hour
)

select
    account_no,
    {{ month_of('hour') }} as month,
    cast(round(max(demand_kw), 2) as decimal(14, 2)) as demand_kw
from totals
group by account_no, {{ month_of('hour') }}
