-- stg_marketing__touches: one row per account that a campaign chose, treated or held out.
with accepted as (
    {{ accepted_rows('marketing', 'touches') }}
)

select
    -- keys
    touch_no,
    -- attributes
    campaign_no,
    account_no,
    channel,
    staff_no,
    arm,
    -- times
    sent_at,
    -- load
    load_date,
    source_file,
    source_line
from accepted
