-- stg_external__holidays: one row per day that departs from the ordinary week.
with accepted as (
    {{ accepted_rows('external', 'holidays') }}
)

select
    -- keys
    day,
    -- attributes
    name,
    kind,
    -- load
    load_date,
    source_file,
    source_line
from accepted
