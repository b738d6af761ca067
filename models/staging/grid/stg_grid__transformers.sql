-- stg_grid__transformers: one row per transformer (台区).
with accepted as (
    {{ accepted_rows('grid', 'transformers') }}
)

select
    -- keys
    transformer_no,
    -- attributes
    feeder_no,
    kind,
    -- measures
    capacity_kva,
    -- load
    load_date,
    source_file,
    source_line
from accepted
