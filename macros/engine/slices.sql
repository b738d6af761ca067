{#
  A wide roll-up of a year holds a thousand bytes a group: more than memory, if all months are rolled up at once. DuckDB
  takes such a table slice by slice: the model's own SQL for the first slice, and again for each other in a post-hook. An
  engine that spills to disk by itself has one slice.
#}
{% macro month_slices(relation, column, condition="true", months=2) -%}
    {#- A unit test's input is no table that could be asked. -#}
    {% if not execute or target.type != 'duckdb' or '__dbt__cte__' in relation | string %}{{ return([["1900-01-01", "2999-12-31"]]) }}{% endif %}
    {% set found = run_query(
        "select distinct cast(" ~ column ~ " as varchar) from " ~ relation ~ " where " ~ condition ~ " order by 1"
    ) %}
    {% set firsts = found.columns[0].values() | list %}
    {% if not firsts %}{{ return([["1900-01-01", "1900-01-01"]]) }}{% endif %}
    {% set starts = firsts[::months] + ["2999-12-31"] %}
    {% set slices = [] %}
    {% for start in starts[:-1] %}{% do slices.append([start, starts[loop.index]]) %}{% endfor %}
    {{ return(slices) }}
{%- endmacro %}


{% macro within_slice(column, slice) -%}
    {{ column }} >= cast('{{ slice[0] }}' as date) /* from */ and {{ column }} < cast('{{ slice[1] }}' as date) /* until */
{%- endmacro %}


{# For a post-hook: the model's SQL again for the slices after the first. #}
{% macro insert_other_slices(slices) -%}
    {%- for slice in slices[1:] -%}
    insert into {{ this }} (
        {{ compiled_code
            | replace(slices[0][0] ~ "' as date) /* from */", slice[0] ~ "' as date) /* from */")
            | replace(slices[0][1] ~ "' as date) /* until */", slice[1] ~ "' as date) /* until */") }}
    );
    {% endfor -%}
{%- endmacro %}
