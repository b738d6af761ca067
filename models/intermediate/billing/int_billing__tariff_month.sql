-- int_billing__tariff_month: one row per tariff and month with a price: prices by window, and the charges of seed tariff_charge.
with prices as (
    select
        tariff_code,
        month,
        count(*) > 1 as is_tou,
        {% for period in ['sharp', 'peak', 'flat', 'valley'] %}
        max(case when period = '{{ period }}' then price_per_kwh end) as {{ period }}_price_cny{{ "," if not loop.last }}
        {% endfor %}
    from {{ ref('stg_org__tariff_prices') }}
    group by tariff_code, month
),

charges as (
    select
        *,
        lead(valid_from) over (partition by tariff_code, charge order by valid_from) as valid_until
    from {{ ref('tariff_charge') }}
)

select
    prices.tariff_code,
    prices.month,
    prices.is_tou,
    prices.sharp_price_cny,
    prices.peak_price_cny,
    prices.flat_price_cny,
    prices.valley_price_cny,
    max(case when charges.charge = 'capacity_kva' then charges.unit_price_cny end) as kva_price_cny,
    max(case when charges.charge = 'demand_kw' then charges.unit_price_cny end) as kw_price_cny,
    max(case when charges.charge = 'levy_kwh' then charges.unit_price_cny end) as levy_price_cny
from prices
left join charges
    on
        prices.tariff_code = charges.tariff_code
        and charges.valid_from <= prices.month
        and (charges.valid_until is null or charges.valid_until > prices.month)
group by
    prices.tariff_code,
    prices.month,
    prices.is_tou,
    prices.sharp_price_cny,
    prices.peak_price_cny,
    prices.flat_price_cny,
    prices.valley_price_cny
