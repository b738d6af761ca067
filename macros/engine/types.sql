{# Types are written once, as DuckDB calls them; Spark's varchar needs a length, so its text is string. #}
{% macro spark_type(data_type) -%}
    {{ return('string' if data_type | lower == 'varchar' else data_type) }}
{%- endmacro %}


{# What contracts are held against: so one YAML does for both engines. #}
{% macro spark__cast(field, type) -%}
    cast({{ field }} as {{ spark_type(type) }})
{%- endmacro %}
