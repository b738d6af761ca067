-- stg_grid__outages: one row per outage.
with accepted as (
    {{ accepted_rows('grid', 'outages') }}
)

select
    -- keys
    outage_no,
    -- attributes
    feeder_no,
    transformer_no,
    kind,
    -- times
    started_at,
    ended_at,
    -- load
    load_date,
    source_file,
    source_line
from accepted
