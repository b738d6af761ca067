-- stg_marketing__app_events: one row per account, event and moment in the app or web hall.
with accepted as (
    {{ accepted_rows('marketing', 'app_events') }}
)

select
    -- keys
    account_no,
    event_code,
    occurred_at,
    -- attributes
    channel,
    -- load
    load_date,
    source_file,
    source_line
from accepted
