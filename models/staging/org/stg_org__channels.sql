-- stg_org__channels: one row per channel.
with accepted as (
    {{ accepted_rows('org', 'channels') }}
)

select
    -- keys
    channel,
    -- attributes
    channel_name,
    -- measures
    cost_per_touch as cost_per_touch_cny,
    capacity_per_day,
    -- load
    load_date,
    source_file,
    source_line
from accepted
