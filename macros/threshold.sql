{# The value of a threshold, by code, from its one home: seeds/thresholds.csv. #}
{% macro threshold(code) -%}
    (select max(t.value) from {{ ref('thresholds') }} as t where t.code = '{{ code }}')
{%- endmacro %}
