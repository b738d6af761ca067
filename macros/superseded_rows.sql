{#
  Valid rows that do not count because a newer version of their key landed, each with the row that replaced it.
  exact_repeat: every column of the contract is the same; superseded: a correction changed something.
#}
{% macro superseded_rows(source_name, entity) -%}
    {%- set declared = contract_entity(source_name, entity) -%}
    (
    with versions as (
        {{ repeated_rows(source_name, entity) }}
    )

    select
        '{{ source_name }}' as source,
        '{{ entity }}' as entity,
        older.load_date,
        older.source_file,
        older.source_line,
        case when
            {% for column in declared.columns -%}
            coalesce(older.{{ column }} = newest.{{ column }}, older.{{ column }} is null and newest.{{ column }} is null)
            {{- " and " if not loop.last }}
            {% endfor -%}
            then 'exact_repeat' else 'superseded'
        end as kind,
        newest.source_file as replaced_by_file,
        newest.source_line as replaced_by_line
    from versions as older
    inner join versions as newest
        on newest.version_rank = 1
        and {% for column in declared.key -%}
        older.{{ column }} = newest.{{ column }}{{ " and " if not loop.last }}
        {%- endfor %}
    where older.version_rank > 1
    )
{%- endmacro %}
