{# The earlier of two dates of which null means never. #}
{% macro earlier(one, other) -%}
    case when {{ one }} is null or {{ other }} < {{ one }} then {{ other }} else {{ one }} end
{%- endmacro %}
