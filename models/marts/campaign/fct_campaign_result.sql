-- fct_campaign_result: one row per campaign: whom it chose, what they answered, who enrolled in either arm, and what it cost.
-- Counts only: an effect needs both arms and an interval, and is estimated elsewhere.
with touched as (
    select
        touches.campaign_no,
        count(*) as accounts_chosen,
        cast(sum(case when touches.arm = 'treated' then 1 else 0 end) as bigint) as treated,
        cast(sum(case when touches.arm = 'holdout' then 1 else 0 end) as bigint) as heldout,
        cast(sum(case when touches.arm = 'treated' and touches.sent_at is not null then 1 else 0 end) as bigint) as sent,
        cast(sum(case when touches.arm = 'treated' and touches.is_enrolled then 1 else 0 end) as bigint) as treated_enrolled,
        cast(sum(case when touches.arm = 'holdout' and touches.is_enrolled then 1 else 0 end) as bigint) as heldout_enrolled,
        count(responses.touch_no) as responses,
        cast(sum(case when responses.is_positive then 1 else 0 end) as bigint) as positive_responses,
        cast(sum(case when responses.is_opt_out then 1 else 0 end) as bigint) as opt_outs,
        cast(coalesce(sum(responses.value_cny), 0) as decimal(18, 2)) as response_value_cny,
        cast(sum(
            case when touches.arm = 'treated' and touches.sent_at is not null then channels.cost_per_touch_cny end
        ) as decimal(18, 2)) as cost_cny
    from {{ ref('fct_touch') }} as touches
    left join {{ ref('fct_response') }} as responses on touches.touch_no = responses.touch_no
    left join {{ ref('stg_org__channels') }} as channels on touches.channel = channels.channel
    group by touches.campaign_no
)

select
    campaigns.campaign_no,
    campaigns.product_code,
    campaigns.channel,
    campaigns.start_on,
    campaigns.end_on,
    coalesce(campaigns.end_on < {{ as_of_day() }}, false) as is_over,
    campaigns.holdout_share as holdout_share_planned,
    coalesce(touched.accounts_chosen, 0) as accounts_chosen,
    coalesce(touched.treated, 0) as treated,
    coalesce(touched.heldout, 0) as heldout,
    round({{ ratio('touched.heldout', 'touched.accounts_chosen') }}, 9) as holdout_share,
    coalesce(touched.sent, 0) as sent,
    coalesce(touched.responses, 0) as responses,
    coalesce(touched.positive_responses, 0) as positive_responses,
    coalesce(touched.opt_outs, 0) as opt_outs,
    coalesce(touched.treated_enrolled, 0) as treated_enrolled,
    coalesce(touched.heldout_enrolled, 0) as heldout_enrolled,
    round({{ ratio('touched.treated_enrolled', 'touched.treated') }}, 9) as treated_enrolled_share,
    round({{ ratio('touched.heldout_enrolled', 'touched.heldout') }}, 9) as heldout_enrolled_share,
    coalesce(touched.response_value_cny, 0) as response_value_cny,
    touched.cost_cny
from {{ ref('dim_campaign') }} as campaigns
left join touched on campaigns.campaign_no = touched.campaign_no
