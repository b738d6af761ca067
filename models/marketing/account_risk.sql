-- account_risk: one row per account and model of an event: how likely it is within 90 days of the newest complete month, and what to do.
with advice as (
    select distinct model_name, advice_code, label_en, label_zh from {{ ref('risk_advice') }}
)

select
    scored.account_no,
    scored.model_name,
    accounts.customer_id,
    accounts.org_code,
    segments.segment_code,
    scored.probability,
    cast(scored.rank as integer) as rank,
    scored.is_listed = 1 as is_listed,
    scored.kind,
    kinds.label_en as kind_label_en,
    kinds.label_zh as kind_label_zh,
    cast(scored.amount_at_risk_cny as decimal(18, 2)) as amount_at_risk_cny,
    scored.advice_code,
    advice.label_en as advice_label_en,
    advice.label_zh as advice_label_zh,
    {% for n in [1, 2, 3] %}
    scored.reason_{{ n }}_driver,
    scored.reason_{{ n }}_en,
    scored.reason_{{ n }}_zh,
    {% endfor %}
    scored.change_driver,
    scored.change_probability,
    scored.change_en,
    scored.change_zh,
    scored.model_version,
    scored.quality_score,
    {{ quality_grade('coalesce(scored.quality_score, 0)') }} as input_grade,
    scored.feature_month,
    scored.as_of_date
from {{ source('scores', 'account_risk') }} as scored
left join {{ ref('risk_kind') }} as kinds on scored.kind = kinds.kind
left join advice on scored.model_name = advice.model_name and scored.advice_code = advice.advice_code
left join {{ ref('account_360') }} as accounts on scored.account_no = accounts.account_no
left join {{ ref('customer_segment') }} as segments on scored.account_no = segments.account_no
where scored.as_of_date = {{ as_of_date() }}
