-- stg_process__application_stages: one row per application and stage.
with accepted as (
    {{ accepted_rows('process', 'application_stages') }}
)

select
    -- keys
    application_no,
    stage,
    -- attributes
    staff_no,
    -- times
    started_at,
    finished_at,
    -- load
    load_date,
    source_file,
    source_line
from accepted
