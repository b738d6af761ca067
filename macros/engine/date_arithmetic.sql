{#
  dbt-spark's own datediff and dateadd stop at a null, and give a timestamp in a zone; DuckDB's, which the models are written
  for, pass a null on, count the borders crossed, and keep a time without a zone.
#}
{% macro spark__datediff(first_date, second_date, datepart) -%}
    {%- if datepart == 'day' -%}
    cast(datediff({{ second_date }}, {{ first_date }}) as bigint)
    {%- else -%}
    timestampdiff(
        {{ datepart }}, date_trunc('{{ datepart }}', {{ first_date }}), date_trunc('{{ datepart }}', {{ second_date }})
    )
    {%- endif -%}
{%- endmacro %}


{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) -%}
    ({{ from_date_or_timestamp }} + ({{ interval }}) * interval '1' {{ datepart }})
{%- endmacro %}
