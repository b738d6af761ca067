-- account_load_shape: one row per account: at which hours it uses energy, as far as its meter tells.
select
    accounts.account_no,
    accounts.customer_id,
    cast(scored.shape_id as integer) as shape_id,
    coalesce(scored.shape_code, 'unscored') as shape_code,
    coalesce(shapes.label_en, 'Unscored') as shape_label_en,
    coalesce(shapes.label_zh, '未评') as shape_label_zh,
    scored.previous_shape_code,
    scored.shape_code != scored.previous_shape_code as is_changed,
    scored.basis,
    scored.valley_share,
    scored.weekend_ratio,
    case
        when scored.shape_id is null then coalesce(scored.unscored_reason, 'no complete month yet')
    end as unscored_reason,
    scored.feature_month,
    {{ as_of_date() }} as as_of_date
from {{ ref('account_360') }} as accounts
left join {{ source('scores', 'load_shapes') }} as scored
    on accounts.account_no = scored.account_no and scored.as_of_date = {{ as_of_date() }}
left join {{ ref('load_shape') }} as shapes on scored.shape_id = shapes.shape_id
