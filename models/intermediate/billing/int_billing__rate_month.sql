-- int_billing__rate_month: one row per open account, tariff of its category or its own, and month of the last twelve billed: the bill.
-- The same charges as in the bill check, of the same reads.
with tariffs as (
    select
        tariff_code,
        category,
        voltage_kv,
        valid_to is null or valid_to >= {{ as_of_day() }} as is_valid,
        row_number() over (partition by tariff_code order by valid_from desc) as version_rank
    from {{ ref('dim_tariff') }}
    where valid_from <= {{ as_of_day() }}
),

pairs as (
    select
        accounts.account_no,
        tariffs.tariff_code,
        accounts.tariff_code = tariffs.tariff_code as is_current,
        coalesce(
            tariffs.is_valid
            and (tariffs.category is null or tariffs.category = accounts.category)
            and (tariffs.voltage_kv is null or tariffs.voltage_kv = accounts.voltage_kv),
            false
        ) as may_choose
    from {{ ref('dim_account') }} as accounts
    cross join tariffs
    where
        tariffs.version_rank = 1
        and (
            tariffs.tariff_code = accounts.tariff_code
            or (tariffs.is_valid and (tariffs.category is null or tariffs.category = accounts.category))
        )
        -- Without a tariff of its own there is nothing to compare with.
        and accounts.tariff_code is not null
),

priced as (
    select
        pairs.account_no,
        pairs.tariff_code,
        pairs.is_current,
        pairs.may_choose,
        basis.month,
        basis.billed_cny,
        basis.contract_capacity_kva,
        basis.demand_kw,
        basis.adjustment_share,
        {% for register in ['usage', 'sharp', 'peak', 'flat', 'valley'] %}
        basis.{{ register }}_kwh as read_{{ register }}_kwh,
        {% endfor %}
        prices.is_tou,
        prices.sharp_price_cny,
        prices.peak_price_cny,
        prices.flat_price_cny,
        prices.valley_price_cny,
        prices.kva_price_cny,
        prices.kw_price_cny,
        coalesce(prices.levy_price_cny, 0) as levy_price_cny,
        case
            when basis.usage_kwh is null then 'no_reads'
            when prices.tariff_code is null then 'no_price'
            when prices.is_tou and not basis.has_registers then 'no_registers'
            -- Energy of a window that the tariff does not know would be free: the meter runs on other windows.
            when
                prices.is_tou
                and (
                    {% for register in ['sharp', 'peak', 'flat', 'valley'] %}
                    (basis.{{ register }}_kwh <> 0 and prices.{{ register }}_price_cny is null) {{ 'or' if not loop.last }}
                    {% endfor %}
                )
                then 'other_windows'
            when prices.kva_price_cny is not null and basis.contract_capacity_kva is null then 'no_capacity'
            when prices.kva_price_cny is null and prices.kw_price_cny is not null and basis.demand_kw is null then 'no_demand'
        end as missing_reason
    from pairs
    inner join {{ ref('int_billing__rate_basis') }} as basis on pairs.account_no = basis.account_no
    left join {{ ref('int_billing__tariff_month') }} as prices
        on pairs.tariff_code = prices.tariff_code and basis.month = prices.month
),

charged as (
    select
        *,
        {{ energy_charge('read', 'priced') }} as energy_cny,
        {{ capacity_charge('contract_capacity_kva', 'demand_kw', 'priced') }} as capacity_cny,
        {{ levy_charge('read', 'levy_price_cny') }} as levies_cny
    from priced
),

best_factor as (
    select min(adjustment_share) as adjustment_share from {{ ref('power_factor_rate') }}
)

select
    charged.account_no,
    charged.tariff_code,
    charged.month,
    charged.is_current,
    charged.may_choose,
    charged.billed_cny,
    charged.missing_reason,
    case when charged.missing_reason is null then
        charged.energy_cny + charged.capacity_cny + charged.levies_cny
        + {{ power_factor_charge('charged.energy_cny + charged.capacity_cny', 'coalesce(charged.adjustment_share, 0)') }}
    end as amount_cny,
    case when charged.missing_reason is null then
        {{ power_factor_charge('charged.energy_cny + charged.capacity_cny', 'charged.adjustment_share') }}
        - {{ power_factor_charge('charged.energy_cny + charged.capacity_cny', 'best_factor.adjustment_share') }}
    end as power_factor_saving_cny
from charged
cross join best_factor
