-- fct_touch: one row per account that a campaign chose, treated or held out, and what followed.
with enrolled as (
    select
        touches.touch_no,
        min(enrolments.start_on) as enrolled_on
    from {{ ref('stg_marketing__touches') }} as touches
    inner join {{ ref('stg_marketing__campaigns') }} as campaigns on touches.campaign_no = campaigns.campaign_no
    inner join {{ ref('stg_marketing__enrolments') }} as enrolments
        on
            touches.account_no = enrolments.account_no
            and campaigns.product_code = enrolments.product_code
            and enrolments.start_on >= campaigns.start_on
            and (campaigns.end_on is null or enrolments.start_on <= campaigns.end_on)
    group by touches.touch_no
)

select
    touches.touch_no,
    touches.campaign_no,
    campaigns.product_code,
    touches.account_no,
    touches.channel,
    touches.staff_no,
    touches.arm,
    touches.sent_at,
    responses.outcome,
    responses.responded_at,
    enrolled.enrolled_on,
    enrolled.enrolled_on is not null as is_enrolled
from {{ ref('stg_marketing__touches') }} as touches
left join {{ ref('stg_marketing__campaigns') }} as campaigns on touches.campaign_no = campaigns.campaign_no
left join {{ ref('stg_marketing__responses') }} as responses on touches.touch_no = responses.touch_no
left join enrolled on touches.touch_no = enrolled.touch_no
