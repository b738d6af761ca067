{# The hour that a reading is of: readings are stamped with their end, so 11:00 is of the hour before and 00:00 of the day before. #}
{% macro hour_measured(read_at) -%}
    {#- Truncated, a time without a zone has one on Spark. -#}
    cast(date_trunc('hour', {{ dbt.dateadd('second', -1, read_at) }}) as timestamp)
{%- endmacro %}


{# The hour as a time, of a relation that has it as day and hour_of_day. #}
{% macro hour_of_day(relation) -%}
    {{ dbt.dateadd('hour', relation ~ '.hour_of_day', 'cast(' ~ relation ~ '.day as timestamp)') }}
{%- endmacro %}
