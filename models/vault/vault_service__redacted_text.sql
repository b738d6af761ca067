-- vault_service__redacted_text: one row per text of a work order, document or survey, redacted: the one door from the vault to the marts.
with texts as (
    select
        'work_order' as text_kind,
        order_no as text_no,
        account_no,
        created_at as written_at,
        text as original
    from {{ ref('vault_process__work_orders') }}
    union all
    select
        'document' as text_kind,
        document_no as text_no,
        account_no,
        received_at as written_at,
        text as original
    from {{ ref('vault_documents__files') }}
    union all
    select
        'survey' as text_kind,
        survey_no as text_no,
        account_no,
        answered_at as written_at,
        comment as original
    from {{ ref('vault_marketing__surveys') }}
),

without_numbers as (
    select
        texts.*,
        known.name_pattern,
        known.place_pattern,
        {{ redacted_numbers('texts.original') }} as redacted_1
    from texts
    left join {{ ref('vault_service__known_value') }} as known on texts.account_no = known.account_no
    where texts.original is not null
),

without_places as (
    select
        without_numbers.*,
        {{ redacted_places('redacted_1', 'place_pattern') }} as redacted_2
    from without_numbers
)

select
    text_kind,
    text_no,
    account_no,
    written_at,
    {{ redacted_names('redacted_2', 'name_pattern') }} as text_redacted
from without_places
