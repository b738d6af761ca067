-- fct_rate_basis: one row per open account and month of the last twelve billed: what its bill on any tariff follows from, and on its own.
select
    basis.account_no,
    basis.month,
    {% for register in ['usage', 'sharp', 'peak', 'flat', 'valley'] %}
    basis.{{ register }}_kwh,
    {% endfor %}
    basis.has_registers,
    basis.missing_days,
    basis.contract_capacity_kva,
    basis.demand_kw,
    basis.adjustment_share,
    cast(own.amount_cny as decimal(18, 2)) as current_bill_cny,
    basis.billed_cny
from {{ ref('int_billing__rate_basis') }} as basis
left join {{ ref('int_billing__rate_month') }} as own
    on basis.account_no = own.account_no and basis.month = own.month and own.is_current
