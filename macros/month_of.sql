{# First day of the month of a date or time, as a date. #}
{% macro month_of(expression) -%}
    cast(date_trunc('month', {{ expression }}) as date)
{%- endmacro %}


{# Whole months from the month of one date to the month of another. #}
{% macro months_between(earlier, later) -%}
    cast(
        (year({{ later }}) - year({{ earlier }})) * 12 + (month({{ later }}) - month({{ earlier }})) as integer
    )
{%- endmacro %}


{# A first day of a month, moved by whole months. #}
{% macro add_months(expression, count) -%}
    cast({{ dbt.dateadd('month', count, expression) }} as date)
{%- endmacro %}
