-- fct_demand_month: one row per account and month with a curve: its highest hour, load factor and use of the contract's capacity.
with factors as (
    select
        bills.account_no,
        bills.billing_month as month,
        -- Several rates above the standard pay the same: the lowest, so that the apparent power is not understated.
        min(rates.power_factor) as power_factor
    from {{ ref('int_billing__bill_basis') }} as bills
    inner join {{ ref('power_factor_rate') }} as rates on bills.adjustment_share = rates.adjustment_share
    where bills.power_factor_charge_cny is not null
    group by bills.account_no, bills.billing_month
)

select
    demands.account_no,
    demands.month,
    demands.hours,
    cast(usage.days * 24 as integer) as supplied_hours,
    case when usage.days > 0 then least(round({{ ratio('demands.hours', 'usage.days * 24') }}, 9), 1) end as coverage_share,
    cast(demands.usage_kwh as decimal(18, 6)) as curve_kwh,
    demands.max_demand_kw,
    demands.max_demand_hour,
    cast({{ exact_mean('demands.usage_kwh', 'demands.hours') }} as double) as mean_kw,
    case when demands.max_demand_kw > 0
        then round({{ ratio('demands.usage_kwh', 'demands.hours * demands.max_demand_kw') }}, 9) end as load_factor,
    cast(demands.contract_capacity_kva as decimal(14, 3)) as contract_capacity_kva,
    cast(factors.power_factor as decimal(4, 2)) as power_factor,
    round({{ ratio('demands.max_demand_kw', 'demands.contract_capacity_kva') }}, 9) as utilisation_share,
    round({{ ratio('demands.max_demand_kw / factors.power_factor', 'demands.contract_capacity_kva') }}, 9)
        as apparent_utilisation_share,
    case when demands.contract_capacity_kva is not null then demands.hours_above_capacity end as hours_above_capacity,
    case
        when demands.contract_capacity_kva > 0
            then demands.max_demand_kw / coalesce(factors.power_factor, 1) > demands.contract_capacity_kva
    end as is_over_capacity,
    cast(usage.export_kwh as decimal(18, 4)) as export_kwh
from {{ ref('int_usage__demand_month') }} as demands
left join {{ ref('fct_account_month') }} as usage
    on demands.account_no = usage.account_no and demands.month = usage.month
left join factors on demands.account_no = factors.account_no and demands.month = factors.month
