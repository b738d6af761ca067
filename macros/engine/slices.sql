{#
  A wide roll-up of a year holds a thousand bytes a group: more than memory, if all of it is rolled up at once. DuckDB takes such a table
  slice by slice: the model's own SQL for the first slice, and again for each other in a post-hook. An engine that spills to disk by
  itself has one slice. `every` so many values of `column`, in their order, are a slice: a pair of literals, the second outside it.
#}
{% macro slices_of(relation, column, every, ends, condition="true") -%}
    {#- A unit test's input is no table that could be asked. -#}
    {% if not execute or target.type != 'duckdb' or '__dbt__cte__' in relation | string %}{{ return([ends]) }}{% endif %}
    {% set found = run_query(
        "select cast(value as varchar) from (select value, row_number() over (order by value) as place from (select distinct "
        ~ column ~ " as value from " ~ relation ~ " where " ~ condition ~ ")) where (place - 1) % " ~ every ~ " = 0 order by 1"
    ) %}
    {% set is_date = ends[0].endswith('as date)') %}
    {% set starts = [] %}
    {% for value in found.columns[0].values() %}
        {% do starts.append("cast('" ~ value ~ "' as date)" if is_date else dbt.string_literal(dbt.escape_single_quotes(value))) %}
    {% endfor %}
    {#- The first and the last are open: no row is lost that `condition` did not see. -#}
    {% set bounds = [ends[0]] + starts[1:] + [ends[1]] %}
    {% set slices = [] %}
    {% for bound in bounds[:-1] %}{% do slices.append([bound, bounds[loop.index]]) %}{% endfor %}
    {{ return(slices) }}
{%- endmacro %}


{% macro month_slices(relation, column, every, condition="true") -%}
    {{ return(slices_of(relation, column, every, ["cast('1900-01-01' as date)", "cast('2999-12-31' as date)"], condition)) }}
{%- endmacro %}


{# Two months of use each, of the reads that landed in or after the month of `changed_from`. #}
{% macro read_slices() -%}
    {{ return(month_slices(
        source('ami', 'daily_reads'), month_of('read_date'), 2, 'breach_reasons is null and load_date <= ' ~ as_of_date()
        ~ (' and load_date >= ' ~ month_of(changed_from()) if is_incremental() else '')
    )) }}
{%- endmacro %}


{# A hundred thousand accounts each; nothing sorts after the last code point. #}
{% macro account_slices(relation) -%}
    {{ return(slices_of(relation, 'account_no', 100000, ["''", "'\U0010ffff'"])) }}
{%- endmacro %}


{% macro within_slice(column, slice) -%}
    {{ column }} >= {{ slice[0] }} /* from */ and {{ column }} < {{ slice[1] }} /* until */
{%- endmacro %}


{# For a post-hook: the model's SQL again for the slices after the first. #}
{% macro insert_other_slices(slices) -%}
    {%- for slice in slices[1:] -%}
    insert into {{ this }} (
        {{ compiled_code
            | replace(slices[0][0] ~ " /* from */", slice[0] ~ " /* from */")
            | replace(slices[0][1] ~ " /* until */", slice[1] ~ " /* until */") }}
    );
    {% endfor -%}
{%- endmacro %}


{# For a model that is sliced when it is built whole, and not on the day of a few changes. #}
{% macro whole_or_slices(relation) -%}
    {{ return([["''", "'\U0010ffff'"]] if is_incremental() else account_slices(relation)) }}
{%- endmacro %}


{# For its post-hook, when the table is there whichever way it came: the SQL itself tells whether it was that of a slice. #}
{% macro insert_other_slices_if_sliced(slices) -%}
    {%- if slices[0][1] ~ " /* until */" in (compiled_code or '') %}{{ insert_other_slices(slices) }}{% endif -%}
{%- endmacro %}
