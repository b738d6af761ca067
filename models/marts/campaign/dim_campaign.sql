-- dim_campaign: one row per campaign.
select
    campaign_no,
    campaign_name,
    product_code,
    channel,
    start_on,
    end_on,
    holdout_share
from {{ ref('stg_marketing__campaigns') }}
