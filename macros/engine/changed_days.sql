{# Materialization of a table that a day's run brings up to date; whole again on an engine without deletes. #}
{% macro day_by_day() -%}
    {{ return('incremental' if target.type == 'duckdb' else 'table') }}
{%- endmacro %}


{# First and last key day of the files that landed from `changed_from` on, as date literals; none if nothing landed. #}
{% macro changed_days(source_name, entity, column) -%}
    {% if not execute or day_by_day() == 'table' %}{{ return(none) }}{% endif %}
    {% set found = run_query(
        "select cast(min(cast(" ~ column ~ " as date)) as varchar), cast(max(cast(" ~ column ~ " as date)) as varchar) from "
        ~ source(source_name, entity) ~ " where load_date >= " ~ changed_from() ~ " and load_date <= " ~ as_of_date()
        ~ " and breach_reasons is null"
    ) %}
    {{ return({"first": found.rows[0][0] or "9999-12-31", "last": found.rows[0][1] or "9999-12-31"}) }}
{%- endmacro %}
