-- dim_channel: one row per channel that the branch can use or has costs of, with what a contact by it takes.
select
    coalesce(landed.channel, listed.channel) as channel,
    coalesce(listed.label_en, landed.channel) as label_en,
    coalesce(listed.label_zh, landed.channel_name, landed.channel) as label_zh,
    listed.consent_channel,
    coalesce(listed.minutes_per_contact, 0) as minutes_per_contact,
    coalesce(landed.cost_per_touch_cny, 0) as cost_cny,
    landed.capacity_per_day,
    listed.prior_odds_ratio,
    listed.format as export_format,
    listed.channel is not null and landed.channel is not null as is_usable
from {{ ref('stg_org__channels') }} as landed
full outer join {{ ref('contact_channel') }} as listed on landed.channel = listed.channel
