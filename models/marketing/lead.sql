-- lead: one row per account and product worth offering at the run's date, ranked.
with words as (
    select
        customer_no,
        channel,
        status,
        changed_at
    from {{ ref('stg_crm__consents') }}
    where purpose = 'marketing'
    union all
    -- Who says no under one number means all of his. A yes counts only for the record it was given on: a wrong merge must not contact anybody.
    select
        others.customer_no,
        consents.channel,
        consents.status,
        consents.changed_at
    from {{ ref('stg_crm__consents') }} as consents
    inner join {{ ref('dim_customer_record') }} as own on consents.customer_no = own.customer_no
    inner join {{ ref('dim_customer_record') }} as others
        on own.customer_id = others.customer_id and own.customer_no <> others.customer_no
    where consents.purpose = 'marketing' and consents.status <> 'granted'
),

newest_consents as (
    -- The newest word per customer record and channel on marketing, as landed by the run's date.
    select
        customer_no,
        channel,
        status,
        row_number() over (partition by customer_no, channel order by changed_at desc, status asc) as recency
    from words
    -- A grant dated after the run does not allow anything yet; what forbids counts as soon as it landed.
    where status <> 'granted' or cast(changed_at as date) <= {{ as_of_date() }}
),

consents as (
    select
        customer_no,
        case when count(case when status = 'granted' then 1 end) > 0 then 'granted' else 'denied' end as consent_status
    from newest_consents
    where recency = 1
    group by customer_no
),

scored as (
    select * from {{ source('scores', 'leads') }} where as_of_date = {{ as_of_date() }}
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
    coalesce(consents.consent_status, 'unknown') as consent_status,
    coalesce(consents.consent_status, 'unknown') = 'granted' as is_contactable,
    scored.feature_month,
    scored.as_of_date
from scored
inner join {{ ref('lead_product') }} as products on scored.product_code = products.product_code
left join {{ ref('dim_account') }} as accounts on scored.account_no = accounts.account_no
left join {{ ref('customer_segment') }} as segments on scored.account_no = segments.account_no
left join consents on accounts.customer_no = consents.customer_no
