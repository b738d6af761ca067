{# A value held between zero and a limit; the limit may be negative (a credit note). Null-free arguments only. #}
{% macro clipped(expression, bound) -%}
    least(greatest({{ expression }}, least({{ bound }}, 0)), greatest({{ bound }}, 0))
{%- endmacro %}
