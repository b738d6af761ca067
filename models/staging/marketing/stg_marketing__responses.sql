-- stg_marketing__responses: one row per touch that was answered.
with accepted as (
    {{ accepted_rows('marketing', 'responses') }}
)

select
    -- keys
    touch_no,
    -- attributes
    outcome,
    -- measures
    value as value_cny,
    -- times
    responded_at,
    -- load
    load_date,
    source_file,
    source_line
from accepted
