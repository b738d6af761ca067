{# Whether a code is one of those listed; one that ends with _ stands for all that begin so. #}
{% macro is_event(code, listed) -%}
    ({% for one in listed -%}
    {% if one.endswith('_') %}left({{ code }}, {{ one | length }}){% else %}{{ code }}{% endif %} = '{{ one }}'
    {{- " or " if not loop.last }}
    {%- endfor %})
{%- endmacro %}
