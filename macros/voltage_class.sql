{# A key needs a value where high voltage is not known. #}
{% macro voltage_class(is_high_voltage) -%}
    case when {{ is_high_voltage }} then 'high' when not {{ is_high_voltage }} then 'low' else 'unknown' end
{%- endmacro %}
