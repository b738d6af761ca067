{#
  What a run has to do again. A file that landed for day D can change only what is known on D or later, so everything
  known before `changed_from` – the first load date among the files that the last finished build had not seen – stands.
  `wattlead run` works it out (orchestration/change.py); the default, or --full-refresh, does everything.
#}
{% macro changed_from() -%}
    cast('{{ var("changed_from") }}' as date)
{%- endmacro %}


{# For a pre-hook: removes what the model is about to insert again. #}
{% macro delete_changed(condition) -%}
    {% if is_incremental() %}delete from {{ this }} where {{ condition }}{% endif %}
{%- endmacro %}


{# Materialization of a table that a day's run brings up to date; whole again on an engine without deletes. #}
{% macro day_by_day() -%}
    {{ return('incremental' if target.type == 'duckdb' else 'table') }}
{%- endmacro %}


{# First and last key day of the files that landed from `changed_from` on, as date literals; none if nothing landed. #}
{% macro changed_days(source_name, entity, column) -%}
    {% if not execute %}{{ return(none) }}{% endif %}
    {% set found = run_query(
        "select cast(min(cast(" ~ column ~ " as date)) as varchar), cast(max(cast(" ~ column ~ " as date)) as varchar) from "
        ~ source(source_name, entity) ~ " where load_date >= " ~ changed_from() ~ " and load_date <= " ~ as_of_date()
        ~ " and breach_reasons is null"
    ) %}
    {{ return({"first": found.rows[0][0] or "9999-12-31", "last": found.rows[0][1] or "9999-12-31"}) }}
{%- endmacro %}


{# Condition that a date or time falls within the days that `changed_days` found. #}
{% macro days_within(column, days) -%}
    {%- if not days -%}true{%- else -%}
    {{ column }} >= cast('{{ days.first }}' as date)
    and {{ column }} < {{ dbt.dateadd('day', 1, "cast('" ~ days.last ~ "' as date)") }}
    {%- endif -%}
{%- endmacro %}


{# First and last day of the months of use with a change in `relation` (usage_month, changed_on); what `days_within` takes. #}
{% macro changed_usage_days(relation) -%}
    {% if not execute %}{{ return(none) }}{% endif %}
    {% set found = run_query(
        "select cast(min(usage_month) as varchar), cast(last_day(max(usage_month)) as varchar) from "
        ~ relation ~ " where changed_on >= " ~ changed_from()
    ) %}
    {{ return({"first": found.rows[0][0] or "9999-12-31", "last": found.rows[0][1] or "9999-12-31"}) }}
{%- endmacro %}


{#
  Condition on rows of (account_no, usage_month, known_month): `relation` has something new of them. A month of knowledge that is
  under way is told anew each day, so its row of yesterday goes.
#}
{% macro is_known_anew(relation) -%}
    known_month >= {{ month_of(changed_from()) }}
    and (account_no, usage_month, known_month) in (
        select account_no, usage_month, known_month from {{ relation }} where changed_on >= {{ changed_from() }}
    )
{%- endmacro %}
