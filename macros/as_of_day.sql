{# The run's date as a day of the calendar: a bare `dbt build` has none (2999), then the newest load counts (see dim_date). #}
{% macro as_of_day() -%}
    (select max(calendar.day) from {{ ref('dim_date') }} as calendar)
{%- endmacro %}
