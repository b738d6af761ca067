-- service_text_label: one row per text of a work order or call: its matter, what it asks for, how urgent it is, who answers. No text.
with labels as (
    select *
    from {{ source('scores', 'service_text_label') }}
    where as_of_date = {{ as_of_date() }}
),

-- Without a model the typed category stands in.
named as (
    select
        labels.*,
        case when labels.category_3 is null then orders.category_1 else labels.category_1 end as matter_1,
        case when labels.category_3 is null then orders.category_2 else labels.category_2 end as matter_2,
        coalesce(labels.category_3, orders.category_3) as matter_3,
        case
            when labels.category_3 is not null then 'model'
            when orders.category_3 is not null then 'typed'
        end as category_source,
        labels.category_3 = orders.category_3 as is_typed_same
    from labels
    left join {{ ref('fct_work_order') }} as orders on labels.text_kind = 'work_order' and labels.text_no = orders.order_no
),

judged as (
    select
        *,
        case
            when matter_3 is null then 'no_category'
            when category_source = 'model' and confidence < {{ threshold('text_min_confidence') }} then 'low_confidence'
        end as person_reason
    from named
)

select
    judged.text_kind,
    judged.text_no,
    texts.account_no,
    accounts.org_code,
    texts.written_at,
    judged.matter_1 as category_1,
    judged.matter_2 as category_2,
    judged.matter_3 as category_3,
    judged.category_source,
    judged.confidence,
    judged.is_typed_same,
    judged.second_category_3,
    matters.need_code,
    needs.need_kind,
    needs.label_en as need_label_en,
    needs.label_zh as need_label_zh,
    seconds.need_code as second_need_code,
    judged.urgency,
    judged.sentiment,
    judged.is_repeat,
    coalesce(matters.role_code, 'service_agent') as role_code,
    matters.reply_hint_en,
    matters.reply_hint_zh,
    judged.person_reason is not null as needs_person,
    judged.person_reason,
    judged.model_version,
    judged.as_of_date
from judged
inner join {{ ref('fct_service_text') }} as texts on judged.text_kind = texts.text_kind and judged.text_no = texts.text_no
left join {{ ref('dim_account') }} as accounts on texts.account_no = accounts.account_no
left join {{ ref('service_matter') }} as matters on judged.matter_3 = matters.category_3
left join {{ ref('service_need') }} as needs on matters.need_code = needs.need_code
left join {{ ref('service_matter') }} as seconds on judged.second_category_3 = seconds.category_3
