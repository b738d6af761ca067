{#
  Every match of a regular expression replaced; \1 … \9 in the replacement stand for its groups. A bracket within brackets
  needs its backslash, for Java's sake; look-ahead has no place, for RE2's.
#}
{% macro regexp_replace_all(expression, pattern, replacement) -%}
    {{ return(adapter.dispatch('regexp_replace_all')(expression, pattern, replacement)) }}
{%- endmacro %}


{% macro duckdb__regexp_replace_all(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, {{ pattern }}, '{{ replacement }}', 'g')
{%- endmacro %}


{#- A raw literal, or Spark takes the backslashes away; (?d), or Java ends a line where RE2 doesn't. -#}
{% macro spark__regexp_replace_all(expression, pattern, replacement) -%}
    regexp_replace(
        {{ expression }}, concat('(?d)', {{ "r" if pattern.startswith("'") }}{{ pattern }}), '{{ replacement | replace("\\", "$") }}'
    )
{%- endmacro %}
