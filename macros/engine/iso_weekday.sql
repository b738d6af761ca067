{# Day of the week of a date: 1 = Monday … 7 = Sunday (ISO 8601). #}
{% macro iso_weekday(expression) -%}
    {{ return(adapter.dispatch('iso_weekday')(expression)) }}
{%- endmacro %}


{% macro duckdb__iso_weekday(expression) -%}
    cast(isodow({{ expression }}) as integer)
{%- endmacro %}


{% macro spark__iso_weekday(expression) -%}
    (weekday({{ expression }}) + 1)
{%- endmacro %}
