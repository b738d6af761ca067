-- stg_ami__meter_events: one row per meter, event and start.
with accepted as (
    {{ accepted_rows('ami', 'meter_events') }}
)

select
    -- keys
    meter_no,
    event_code,
    started_at,
    -- times
    ended_at,
    -- load
    load_date,
    source_file,
    source_line
from accepted
