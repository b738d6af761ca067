-- load_balance: one row per usable landed file: landed = accepted + duplicate + quarantined, each counted on its own.
with accepted as (
    {% for source_name, entity in staged_entities() %}
    select source_file, count(*) as row_count
    from {{ ref('stg_' ~ source_name ~ '__' ~ entity) }}
    group by source_file
    {{ "union all" if not loop.last }}
    {% endfor %}
),

duplicate as (
    select source_file, count(*) as row_count from {{ ref('superseded_row') }} group by source_file
),

quarantined as (
    select source_file, count(*) as row_count from {{ ref('quarantine') }} group by source_file
),

counted as (
    select
        files.source,
        files.entity,
        files.load_date,
        files.source_file,
        files.rows_landed,
        coalesce(accepted.row_count, 0) as rows_accepted,
        coalesce(duplicate.row_count, 0) as rows_duplicate,
        coalesce(quarantined.row_count, 0) as rows_quarantined
    from {{ ref('landing_file') }} as files
    left join accepted on files.source_file = accepted.source_file
    left join duplicate on files.source_file = duplicate.source_file
    left join quarantined on files.source_file = quarantined.source_file
    where files.status = 'accepted'
)

select
    source,
    entity,
    load_date,
    source_file,
    rows_landed,
    rows_accepted,
    rows_duplicate,
    rows_quarantined,
    rows_landed = rows_accepted + rows_duplicate + rows_quarantined as is_balanced
from counted
