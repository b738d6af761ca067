{# How many tags are packed into a whole number: no sum of their bits may reach the sign. #}
{% macro tags_in_a_word() -%}
    {{ return(60) }}
{%- endmacro %}


{# A word of bits: one bit for each of the rules from its first on that holds. #}
{% macro tag_word(rules, word) -%}
    cast(0 as bigint)
    {%- for rule in rules[word * tags_in_a_word():(word + 1) * tags_in_a_word()] %}
    + case when {{ tag_condition(rule) }} then {{ 2 ** loop.index0 }} else 0 end
    {%- endfor %}
{%- endmacro %}


{# The rules as rows: (tag, tag_code, word, place), the number of the rule, and where its bit is. #}
{% macro tag_places(rules) -%}
    select * from (
        values
        {%- for rule in rules %}
        ({{ loop.index0 }}, '{{ rule[0] }}', {{ loop.index0 // tags_in_a_word() }}, {{ loop.index0 % tags_in_a_word() }}){{ "," if not loop.last }}
        {%- endfor %}
    ) as places (tag, tag_code, word, place)
{%- endmacro %}
