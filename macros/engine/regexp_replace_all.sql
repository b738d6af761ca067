{# Every match of a regular expression replaced; \1 … \9 in the replacement stand for its groups. Patterns without backslashes only. #}
{% macro regexp_replace_all(expression, pattern, replacement) -%}
    {{ return(adapter.dispatch('regexp_replace_all')(expression, pattern, replacement)) }}
{%- endmacro %}


{% macro duckdb__regexp_replace_all(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, {{ pattern }}, '{{ replacement }}', 'g')
{%- endmacro %}


{% macro spark__regexp_replace_all(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, {{ pattern }}, '{{ replacement | replace("\\", "$") }}')
{%- endmacro %}
