{# A whole number with its bits moved up by `count`. #}
{% macro shift_left(bits, count) -%}
    {{ return(adapter.dispatch('shift_left')(bits, count)) }}
{%- endmacro %}


{% macro duckdb__shift_left(bits, count) -%}
    (cast({{ bits }} as bigint) << ({{ count }}))
{%- endmacro %}


{% macro spark__shift_left(bits, count) -%}
    shiftleft(cast({{ bits }} as bigint), cast({{ count }} as int))
{%- endmacro %}
