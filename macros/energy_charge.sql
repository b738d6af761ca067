{#
  Energy charge in CNY of quantities (columns <prefix>_usage_kwh, <prefix>_sharp_kwh …) at the prices of a row of
  int_billing__tariff_month: by window, or the whole at the flat price. Rounded once, half up, as bills are;
  null without energy, where the sum of no windows would be 0.
#}
{% macro energy_charge(prefix, tariffs) -%}
    cast(round(
        case
            when {{ prefix }}_usage_kwh is null then null
            when {{ tariffs }}.is_tou
                then
                    {% for period in ['sharp', 'peak', 'flat', 'valley'] -%}
                    coalesce({{ prefix }}_{{ period }}_kwh * {{ tariffs }}.{{ period }}_price_cny, 0) {{ '+' if not loop.last }}
                    {% endfor %}
            else {{ prefix }}_usage_kwh * {{ tariffs }}.flat_price_cny
        end, 2
    ) as decimal(18, 2))
{%- endmacro %}


{# Capacity charge in CNY by contract capacity or by demand; 0 if the tariff has neither, null without a demand. #}
{% macro capacity_charge(capacity_kva, demand_kw, tariffs) -%}
    cast(round(
        case
            when {{ tariffs }}.kva_price_cny is not null then {{ tariffs }}.kva_price_cny * {{ capacity_kva }}
            when {{ tariffs }}.kw_price_cny is not null then {{ tariffs }}.kw_price_cny * {{ demand_kw }}
            else 0
        end, 2
    ) as decimal(18, 2))
{%- endmacro %}


{# Funds and surcharges in CNY on every kWh; null without energy. #}
{% macro levy_charge(prefix, levy_price) -%}
    cast(round({{ prefix }}_usage_kwh * {{ levy_price }}, 2) as decimal(18, 2))
{%- endmacro %}


{# What the power factor adds to energy and capacity charge in CNY, below zero a rebate. #}
{% macro power_factor_charge(charge_cny, adjustment_share) -%}
    cast(round(({{ charge_cny }}) * {{ adjustment_share }}, 2) as decimal(18, 2))
{%- endmacro %}


{# A month's highest hour in the hundredths of a kW that are billed. #}
{% macro billed_demand(demand_kw) -%}
    cast(round({{ demand_kw }}, 2) as decimal(14, 2))
{%- endmacro %}
