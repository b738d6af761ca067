{# Materialization of a published table that need not be stored twice: on Spark it has to lie in files, for those who read them. #}
{% macro published_view() -%}
    {{ return('view' if target.type == 'duckdb' else 'table') }}
{%- endmacro %}
