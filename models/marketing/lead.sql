-- lead: one row per customer of the cycle's plan, treated or held out: what to offer, how, by whom, and whether it still may be.
with planned as (
    select * from {{ source('scores', 'leads') }} where as_of_date = {{ as_of_date() }}
),

keyed as (
    select
        planned.*,
        {{ lead_id('planned') }} as lead_id
    from planned
)

select
    keyed.lead_id,
    keyed.account_no,
    keyed.customer_id,
    keyed.org_code,
    keyed.product_code,
    products.label_en as product_label_en,
    products.label_zh as product_label_zh,
    keyed.channel,
    channels.label_zh as channel_label_zh,
    keyed.staff_no,
    keyed.arm,
    case
        when keyed.arm = 'holdout' then 'held_out'
        when keyed.expires_on < {{ as_of_date() }} then 'expired'
        when worked.touch_no is not null then 'worked'
        when reach.account_no is null then 'closed'
        when not reach.has_consent then 'consent_withdrawn'
        when reach.is_protected then 'protected'
        when reach.has_open_complaint then 'open_complaint'
        else 'open'
    end as status,
    keyed.planned_on,
    preferences.contact_hours,
    keyed.expires_on,
    keyed.cycle_from,
    keyed.score,
    keyed.p_without_contact,
    keyed.uplift,
    keyed.uplift_basis,
    keyed.worth_cny,
    keyed.cost_cny,
    keyed.expected_value_cny,
    keyed.is_choice_at_prices,
    keyed.reason_1_en,
    keyed.reason_1_zh,
    keyed.reason_2_en,
    keyed.reason_2_zh,
    keyed.reason_3_en,
    keyed.reason_3_zh,
    reach.consent_channel,
    reach.consent_changed_at,
    segments.segment_code,
    keyed.quality_score,
    {{ quality_grade('keyed.quality_score') }} as input_grade,
    keyed.model_version,
    keyed.feature_month,
    keyed.as_of_date
from keyed
inner join {{ ref('lead_product') }} as products on keyed.product_code = products.product_code
left join {{ ref('dim_channel') }} as channels on keyed.channel = channels.channel
left join {{ ref('account_channel') }} as reach on keyed.account_no = reach.account_no and keyed.channel = reach.channel
left join {{ ref('fct_touch') }} as worked on {{ touch_of_lead('keyed.lead_id') }} = worked.touch_no and worked.sent_at is not null
left join {{ ref('account_preference') }} as preferences on keyed.account_no = preferences.account_no
left join {{ ref('customer_segment') }} as segments on keyed.account_no = segments.account_no
