{# The business date of the run as a date expression: nothing that landed later is read. #}
{% macro as_of_date() -%}
    cast('{{ run_variable("as_of_date") }}' as date)
{%- endmacro %}
