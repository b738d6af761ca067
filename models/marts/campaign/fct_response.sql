-- fct_response: one row per touch that was answered.
select
    responses.touch_no,
    touches.campaign_no,
    touches.product_code,
    touches.account_no,
    touches.channel,
    touches.staff_no,
    responses.outcome,
    responses.responded_at,
    {{ dbt.datediff('touches.sent_at', 'responses.responded_at', 'day') }} as days_to_respond,
    responses.value_cny,
    -- Codes are the source's: what is not listed is no consent to more contact.
    coalesce(outcomes.is_positive, false) as is_positive,
    coalesce(outcomes.is_opt_out, false) as is_opt_out
from {{ ref('stg_marketing__responses') }} as responses
left join {{ ref('fct_touch') }} as touches on responses.touch_no = touches.touch_no
left join {{ ref('response_outcome') }} as outcomes on responses.outcome = outcomes.outcome
