{# A rule of tag_rules with the thresholds as columns of `limits` (tag_limits); null outside its scope. #}
{% macro tag_condition(rule) -%}
    case when {{ tag_scope(rule[1]) }} then {{ modules.re.sub("threshold\\('(\\w+)'\\)", "limits.\\1", rule[2]) }} end
{%- endmacro %}


{# One row: a column a threshold that the rules name. A subquery for each would be a hundred joins. #}
{% macro tag_limits(rules) -%}
    {%- set codes = [] -%}
    {%- for rule in rules -%}
        {%- for code in modules.re.findall("threshold\\('(\\w+)'\\)", rule[2]) if code not in codes -%}
            {%- do codes.append(code) -%}
        {%- endfor -%}
    {%- endfor -%}
    select
        {%- for code in codes %}
        max(case when code = '{{ code }}' then value end) as {{ code }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ ref('thresholds') }}
{%- endmacro %}
