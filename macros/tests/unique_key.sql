{#
  Rows whose columns together are not unique, or not all there. `landed_as` (source, entity, column of the day) leaves out the days that no
  newly landed file touches: what was unique there still is.
#}
{% test unique_key(model, columns, landed_as=none) %}
    select {{ columns | join(', ') }}, count(*) as rows_with_key
    from {{ model }}
    {% if landed_as and run_variable('changed_from') > '1900-01-01' -%}
    where {{ days_within(landed_as[2], changed_days(*landed_as)) }}
    {%- endif %}
    group by {{ columns | join(', ') }}
    having count(*) > 1 {% for column in columns %} or {{ column }} is null{% endfor %}
{% endtest %}
