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
  Valid rows whose key occurs more than once, with version_rank (1 = counts) and replaced_on (load date of the next
  version; null for the newest). Only those keys go through a window:
  over all reads of a year a window is several times slower than this count.
#}
{% macro repeated_rows(source_name, entity) -%}
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
        group by {{ key }} having count(*) > 1
    ) as repeated
        on {% for column in declared.key %}valid.{{ column }} = repeated.{{ column }}{{ " and " if not loop.last }}{% endfor %}
{%- endmacro %}


{# The newest valid version of each key. #}
{% macro accepted_rows(source_name, entity) -%}
    select valid.*
    from ({{ valid_rows(source_name, entity) }}) as valid
    left join (
        select ranked.source_file, ranked.source_line
        from ({{ repeated_rows(source_name, entity) }}) as ranked
        where ranked.version_rank > 1
    ) as older
        on valid.source_file = older.source_file and valid.source_line = older.source_line
    where older.source_file is null
{%- endmacro %}


{#
  Every valid version of each key with the days it was the newest known: known_from its load date until before
  known_until (null while it still is). A version replaced on the day it landed was never known at a day's end and is
  left out. What point-in-time models read instead of staging.
#}
{% macro known_versions(source_name, entity) -%}
    select
        valid.*,
        valid.load_date as known_from,
        versioned.replaced_on as known_until
    from ({{ valid_rows(source_name, entity) }}) as valid
    left join ({{ repeated_rows(source_name, entity) }}) as versioned
        on valid.source_file = versioned.source_file and valid.source_line = versioned.source_line
    where versioned.replaced_on is null or valid.load_date < versioned.replaced_on
{%- endmacro %}


{# Whether a version is its key's first, for ``known_at``. #}
{% macro is_first_version(source_name, entity) -%}
    {%- set declared = contract_entity(source_name, entity) -%}
    row_number() over (partition by {{ declared.key | join(', ') }} order by known_from) = 1
{%- endmacro %}
