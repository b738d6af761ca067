-- fct_service_text: one row per text of a work order, document or survey, without what tells who somebody is.
select
    text_kind,
    text_no,
    account_no,
    written_at,
    text_redacted
from {{ ref('vault_service__redacted_text') }}
