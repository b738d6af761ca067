{# Grade A to F of a score from 0 to 1, null for none; the limits are thresholds source_grade_*. #}
{% macro quality_grade(score) -%}
    case
        {%- for grade in ['a', 'b', 'c', 'd', 'e'] %}
        when {{ score }} >= {{ threshold('source_grade_' ~ grade) }} then '{{ grade | upper }}'
        {%- endfor %}
        when {{ score }} is not null then 'F'
    end
{%- endmacro %}
