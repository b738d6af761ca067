-- stg_crm__customers: one row per customer record of the source (not yet resolved across records).
select
    -- keys
    customer_no,
    -- attributes
    legal_form,
    -- times
    registered_on,
    -- load
    load_date,
    source_file,
    source_line
from {{ ref('vault_crm__customers') }}
