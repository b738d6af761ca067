{# Whether energy by register (a sum, in kWh) misses the total by more than rounding, over so many days; null where either is unknown. #}
{% macro register_gap(total_kwh, registers_kwh, days) -%}
    abs({{ total_kwh }} - ({{ registers_kwh }}))
    > {{ threshold('register_gap_share') }} * greatest({{ total_kwh }}, {{ threshold('register_gap_floor_kwh') }} * {{ days }})
{%- endmacro %}
