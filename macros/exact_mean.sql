{#
  Total / count to the millionth, the same on both engines; null without a count. The quotient of two decimals is a double on DuckDB and
  a decimal on Spark, which round a half differently. The floor of a half more does not: no quotient lies so near to a whole number
  that a double would miss it. The total has at most six digits after the point.
#}
{% macro exact_mean(total, count) -%}
    cast(
        cast(floor(cast(cast({{ total }} as decimal(28, 6)) * 2000000 + {{ count }} as double) / nullif(2 * {{ count }}, 0)) as bigint)
        * cast(0.000001 as decimal(7, 6)) as decimal(18, 6)
    )
{%- endmacro %}
