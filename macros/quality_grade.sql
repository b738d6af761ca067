{# Grade A to F of a score from 0 to 1, null for none. #}
{% macro quality_grade(score) -%}
    case
        when {{ score }} >= {{ threshold('source_grade_a') }} then 'A'
        when {{ score }} >= {{ threshold('source_grade_b') }} then 'B'
        when {{ score }} >= {{ threshold('source_grade_c') }} then 'C'
        when {{ score }} >= {{ threshold('source_grade_d') }} then 'D'
        when {{ score }} >= {{ threshold('source_grade_e') }} then 'E'
        when {{ score }} is not null then 'F'
    end
{%- endmacro %}
