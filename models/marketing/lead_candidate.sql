-- lead_candidate: one row per account and product worth offering at the run's date, ranked.
with scored as (
    select * from {{ source('scores', 'lead_candidates') }} where as_of_date = {{ as_of_date() }}
)

select
    {{ dbt.hash("scored.account_no || '|' || scored.product_code || '|' || cast(scored.as_of_date as " ~ dbt.type_string() ~ ")") }}
        as lead_id,
    scored.account_no,
    accounts.customer_id,
    accounts.org_code,
    scored.product_code,
    products.label_en as product_label_en,
    products.label_zh as product_label_zh,
    cast(scored.rank as integer) as rank,
    scored.score,
    scored.reason_1_en,
    scored.reason_1_zh,
    scored.reason_2_en,
    scored.reason_2_zh,
    scored.reason_3_en,
    scored.reason_3_zh,
    segments.segment_id,
    segments.segment_code,
    scored.quality_score,
    coalesce(accounts.consent_status, 'unknown') as consent_status,
    coalesce(accounts.consent_status, 'unknown') = 'granted' as is_contactable,
    scored.feature_month,
    scored.as_of_date
from scored
inner join {{ ref('lead_product') }} as products on scored.product_code = products.product_code
left join {{ ref('account_360') }} as accounts on scored.account_no = accounts.account_no
left join {{ ref('customer_segment') }} as segments on scored.account_no = segments.account_no
