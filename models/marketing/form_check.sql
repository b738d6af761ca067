-- form_check: one row per application form and field: was it read, how surely, is it what was typed, must a person look.
with checks as (
    select *
    from {{ source('scores', 'form_check') }}
    where as_of_date = {{ as_of_date() }}
),

judged as (
    select
        *,
        case
            when image_state = 'missing' then 'image_missing'
            when image_state = 'damaged' then 'image_damaged'
            when application_no is null then 'application_unknown'
            when not is_found then 'not_found'
            when not is_typed_same then 'differs_from_typed'
            -- Two who say the same need no third.
            when is_typed_same then null
            when confidence < {{ threshold('form_min_confidence') }} then 'low_confidence'
        end as person_reason
    from checks
)

select
    judged.document_no,
    judged.field,
    judged.application_no,
    documents.account_no,
    applications.org_code,
    documents.received_at,
    judged.image_state,
    judged.is_found,
    judged.confidence,
    judged.is_typed_same,
    judged.person_reason is not null as needs_person,
    judged.person_reason,
    judged.as_of_date
from judged
left join {{ ref('stg_documents__files') }} as documents on judged.document_no = documents.document_no
left join {{ ref('fct_application') }} as applications on judged.application_no = applications.application_no
