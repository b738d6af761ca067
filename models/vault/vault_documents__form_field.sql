-- vault_documents__form_field: one row per application form and field, with what was read on paper. Never published.
select
    document_no,
    field,
    value,
    confidence
from {{ source('forms', 'reading') }}
where as_of_date = {{ as_of_date() }}
