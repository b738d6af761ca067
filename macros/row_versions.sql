{#
  Valid landed rows (no broken hard rule, landed by the run's date) and the order of versions of one key.
  The one home of "which version counts": the newest load, then the entity's version_by, then file and line.
#}
{% macro valid_rows(source_name, entity) -%}
    select * from {{ source(source_name, entity) }}
    where breach_reasons is null and load_date <= {{ as_of_date() }}
{%- endmacro %}


{% macro newest_first(contract_entity, prefix) -%}
    {{ prefix }}.load_date desc,
    {%- for column in contract_entity.version_by %} {{ prefix }}.{{ column }} desc nulls last,{% endfor %}
    {{ prefix }}.source_file desc, {{ prefix }}.source_line desc
{%- endmacro %}


{#
  Entities so large that their repeated rows are found once, kept in rep_<source>__<entity>, and brought up to date day by day;
  their staging is a view.
#}
{% macro keeps_repeated_rows(source_name, entity) -%}
    {{ return([source_name, entity] in [["ami", "daily_reads"], ["ami", "load_curves"]]) }}
{%- endmacro %}


{#
  Valid rows whose key occurs more than once, with version_rank (1 = counts) and replaced_on (load date of the next
  version; null for the newest). Only those keys go through a window:
  over all reads of a year a window is several times slower than this count. `within` narrows the keys.
#}
{% macro find_repeated_rows(source_name, entity, within="true") -%}
    {%- set declared = contract_entity(source_name, entity) -%}
    {%- set key = declared.key | join(', ') -%}
    select
        valid.*,
        row_number() over (
            partition by {% for column in declared.key %}valid.{{ column }}{{ ", " if not loop.last }}{% endfor %}
            order by {{ newest_first(declared, 'valid') }}
        ) as version_rank,
        lag(valid.load_date) over (
            partition by {% for column in declared.key %}valid.{{ column }}{{ ", " if not loop.last }}{% endfor %}
            order by {{ newest_first(declared, 'valid') }}
        ) as replaced_on
    from ({{ valid_rows(source_name, entity) }}) as valid
    inner join (
        select {{ key }} from ({{ valid_rows(source_name, entity) }}) as counted
        where {{ within }}
        group by {{ key }} having count(*) > 1
    ) as repeated
        on {% for column in declared.key %}valid.{{ column }} = repeated.{{ column }}{{ " and " if not loop.last }}{% endfor %}
    where {{ within | replace(declared.key[-1], 'valid.' ~ declared.key[-1]) }}
{%- endmacro %}


{% macro repeated_rows(source_name, entity) -%}
    {%- if keeps_repeated_rows(source_name, entity) -%}
    select * from {{ ref('rep_' ~ source_name ~ '__' ~ entity) }}
    {%- else -%}
    {{ find_repeated_rows(source_name, entity) }}
    {%- endif -%}
{%- endmacro %}


{# All columns of a landed row: those of the contract and those that intake adds. #}
{% macro landed_columns(declared, prefix) -%}
    {%- for column in declared.columns + ["load_date", "source_file", "source_line"] -%}
    {{ prefix }}.{{ column }}{{ ", " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{# Rows of keys that occur once, with no version to compare; then those of repeated keys that `condition` chooses. #}
{% macro chosen_rows(source_name, entity, condition, known=false) -%}
    {%- set declared = contract_entity(source_name, entity) -%}
    with versions as (
        {{ repeated_rows(source_name, entity) }}
    )

    select
        {{ landed_columns(declared, 'valid') }}
        {%- if known %}, valid.load_date as known_from, cast(null as date) as known_until{% endif %}
    from ({{ valid_rows(source_name, entity) }}) as valid
    left join (select {{ declared.key | join(', ') }}, 1 as is_repeated from versions where version_rank = 1) as repeated
        on {% for column in declared.key %}valid.{{ column }} = repeated.{{ column }}{{ " and " if not loop.last }}{% endfor %}
    where repeated.is_repeated is null
    union all
    select
        {{ landed_columns(declared, 'versions') }}
        {%- if known %}, versions.load_date as known_from, versions.replaced_on as known_until{% endif %}
    from versions
    where {{ condition }}
{%- endmacro %}


{# The newest valid version of each key. #}
{% macro accepted_rows(source_name, entity) -%}
    {{ chosen_rows(source_name, entity, 'versions.version_rank = 1') }}
{%- endmacro %}


{#
  Every valid version of each key with the days it was the newest known: known_from its load date until before
  known_until (null while it still is). A version replaced on the day it landed was never known at a day's end and is
  left out. What point-in-time models read instead of staging.
#}
{% macro known_versions(source_name, entity) -%}
    {{ chosen_rows(source_name, entity, 'versions.replaced_on is null or versions.load_date < versions.replaced_on', known=true) }}
{%- endmacro %}


{# Whether a version is its key's first, for ``known_at``. #}
{% macro is_first_version(source_name, entity) -%}
    {%- set declared = contract_entity(source_name, entity) -%}
    row_number() over (partition by {{ declared.key | join(', ') }} order by known_from) = 1
{%- endmacro %}
