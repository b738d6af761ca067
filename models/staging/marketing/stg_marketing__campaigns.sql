-- stg_marketing__campaigns: one row per campaign.
with accepted as (
    {{ accepted_rows('marketing', 'campaigns') }}
)

select
    -- keys
    campaign_no,
    -- attributes
    campaign_name,
    product_code,
    channel,
    -- measures
    holdout_share,
    -- times
    start_on,
    end_on,
    -- load
    load_date,
    source_file,
    source_line
from accepted
