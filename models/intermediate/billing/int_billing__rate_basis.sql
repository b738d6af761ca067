-- int_billing__rate_basis: one row per open account and month of the last twelve billed: what its bill on any tariff follows from.
with bills as (
    select
        account_no,
        billing_month as month,
        -- Several bills of a month rest on the same reads.
        {% for register in ['usage', 'sharp', 'peak', 'flat', 'valley'] %}
        max(read_{{ register }}_kwh) as {{ register }}_kwh,
        {% endfor %}
        max(usable_days) as usable_days,
        max(missing_days) as missing_days,
        max(contract_capacity_kva) as contract_capacity_kva,
        max(case when power_factor_charge_cny is not null then adjustment_share end) as adjustment_share,
        sum(amount_due_cny) as billed_cny
    from {{ ref('int_billing__bill_basis') }}
    group by account_no, billing_month
),

newest as (
    select max(month) as month from bills
)

select
    bills.account_no,
    bills.month,
    {% for register in ['usage', 'sharp', 'peak', 'flat', 'valley'] %}
    bills.{{ register }}_kwh,
    {% endfor %}
    case
        when bills.usage_kwh is null or coalesce(bills.peak_kwh, bills.flat_kwh, bills.valley_kwh) is null then false
        else not {{ register_gap(
            'bills.usage_kwh',
            'coalesce(bills.sharp_kwh, 0) + coalesce(bills.peak_kwh, 0) + coalesce(bills.flat_kwh, 0) + coalesce(bills.valley_kwh, 0)',
            'bills.usable_days'
        ) }}
    end as has_registers,
    cast(bills.missing_days as integer) as missing_days,
    cast(bills.contract_capacity_kva as decimal(14, 3)) as contract_capacity_kva,
    {{ billed_demand('demands.max_demand_kw') }} as demand_kw,
    cast(bills.adjustment_share as decimal(6, 4)) as adjustment_share,
    cast(bills.billed_cny as decimal(18, 2)) as billed_cny
from bills
cross join newest
inner join {{ ref('dim_account') }} as accounts on bills.account_no = accounts.account_no
left join {{ ref('int_usage__demand_month') }} as demands
    on bills.account_no = demands.account_no and bills.month = demands.month
where
    bills.month >= {{ add_months('newest.month', -11) }}
    and (accounts.closed_on is null or accounts.closed_on > {{ as_of_day() }})
