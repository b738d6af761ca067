{#
  Type 2 history of an entity from all its landed versions: one row per key and version that says something new, from the day it
  landed (recorded_from) to the last day it was the newest (recorded_to; null while it is). changed_columns names what differs from
  the version before, personal columns too, by name and never by value; null for the first version.
#}
{% macro version_history(source_name, entity) -%}
    {%- set declared = contract_entity(source_name, entity) -%}
    {%- set of_key = "partition by " ~ declared.key | join(', ') ~ " order by known_from" -%}
    with versions as (
        {{ known_versions(source_name, entity) }}
    ),

    compared as (
        select
            versions.*,
            row_number() over ({{ of_key }}) as told,
            concat_ws(
                ', '
                {%- for column in declared.columns if column not in declared.key -%}
                , case when {{ column }} is distinct from lag({{ column }}) over ({{ of_key }}) then '{{ column }}' end
                {%- endfor -%}
            ) as differing_columns
        from versions
    )

    select
        compared.*,
        cast(row_number() over ({{ of_key }}) as integer) as version_no,
        known_from as recorded_from,
        cast({{ dbt.dateadd('day', -1, 'lead(known_from) over (' ~ of_key ~ ')') }} as date) as recorded_to,
        lead(known_from) over ({{ of_key }}) is null as is_current,
        case when told > 1 then differing_columns end as changed_columns
    from compared
    where told = 1 or differing_columns <> ''
{%- endmacro %}
