-- int_billing__demand_month: one row per account charged by demand and month: its highest hour, in the hundredths that are billed.
with charged as (
    select distinct accounts.account_no
    from {{ ref('int_core__account_version') }} as accounts
    inner join {{ ref('tariff_charge') }} as charges
        on accounts.tariff_code = charges.tariff_code and charges.charge = 'demand_kw'
)

select
    demands.account_no,
    demands.month,
    {{ billed_demand('demands.max_demand_kw') }} as demand_kw
from {{ ref('int_usage__demand_month') }} as demands
inner join charged on demands.account_no = charged.account_no
