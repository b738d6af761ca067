-- account_preference: one row per account: by which channel and in which part of the day it is best contacted, and why.
select
    scores.account_no,
    accounts.customer_id,
    accounts.org_code,
    scores.preferred_channel,
    scores.channel_uplift,
    scores.channel_reason_en,
    scores.channel_reason_zh,
    scores.preferred_part,
    parts.label_en as part_label_en,
    parts.label_zh as part_label_zh,
    parts.contact_hours,
    scores.part_share,
    cast(scores.part_evidence as integer) as part_evidence,
    scores.part_reason_en,
    scores.part_reason_zh,
    scores.as_of_date
from {{ source('scores', 'account_preference') }} as scores
left join {{ ref('account_360') }} as accounts on scores.account_no = accounts.account_no
left join {{ ref('day_part') }} as parts on scores.preferred_part = parts.part
where scores.as_of_date = {{ as_of_date() }}
