-- customer_segment: one row per account: its usage segment at the run's date.
select
    accounts.account_no,
    accounts.customer_id,
    scores.segment_id,
    coalesce(scores.segment_code, 'unscored') as segment_code,
    coalesce(scores.segment_name_en, 'Unscored') as segment_name_en,
    coalesce(scores.segment_name_zh, '未评') as segment_name_zh,
    case
        when scores.segment_id is null then coalesce(scores.unscored_reason, 'no complete month yet')
    end as unscored_reason,
    scores.distance_to_centre,
    scores.feature_month,
    {{ as_of_date() }} as as_of_date
from {{ ref('account_360') }} as accounts
left join {{ source('scores', 'segments') }} as scores
    on accounts.account_no = scores.account_no and scores.as_of_date = {{ as_of_date() }}
