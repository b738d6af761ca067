{#
  What a run has to do again. A file that landed for day D can change only what is known on D or later, so everything
  known before `changed_from` – the first load date among the files that the last finished build had not seen – stands.
  `wattlead run` works it out (orchestration/change.py); the default, or --full-refresh, does everything.
#}
{% macro changed_from() -%}
    cast('{{ run_variable("changed_from") }}' as date)
{%- endmacro %}


{# The day from which everything was known. #}
{% macro everything() -%}
    cast('1900-01-01' as date)
{%- endmacro %}


{# For a pre-hook: removes what the model is about to insert again. #}
{% macro delete_changed(condition) -%}
    {% if is_incremental() %}delete from {{ this }} where {{ condition }}{% endif %}
{%- endmacro %}


{# Condition that a date or time falls within the days that `changed_days` found. #}
{% macro days_within(column, days) -%}
    {%- if not days -%}true{%- else -%}
    {{ column }} >= cast('{{ days.first }}' as date)
    and {{ column }} < {{ dbt.dateadd('day', 1, "cast('" ~ days.last ~ "' as date)") }}
    {%- endif -%}
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
