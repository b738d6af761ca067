-- stg_documents__files: one row per document.
select
    -- keys
    document_no,
    -- attributes
    kind,
    account_no,
    -- times
    received_at,
    -- load
    load_date,
    source_file,
    source_line
from {{ ref('vault_documents__files') }}
