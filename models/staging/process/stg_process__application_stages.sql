-- stg_process__application_stages: one row per application and stage.
with accepted as (
    {{ accepted_rows(source('process', 'application_stages'), key=['application_no', 'stage']) }}
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
