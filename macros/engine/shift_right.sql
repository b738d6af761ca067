{# The bits of a whole number without its lowest `count`. #}
{% macro shift_right(bits, count) -%}
    {{ return(adapter.dispatch('shift_right')(bits, count)) }}
{%- endmacro %}


{% macro duckdb__shift_right(bits, count) -%}
    ({{ bits }} >> ({{ count }}))
{%- endmacro %}


{% macro spark__shift_right(bits, count) -%}
    shiftright({{ bits }}, cast({{ count }} as int))
{%- endmacro %}
