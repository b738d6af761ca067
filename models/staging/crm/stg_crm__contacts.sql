-- stg_crm__contacts: one row per contact person of a customer.
select
    -- keys
    contact_no,
    -- attributes
    customer_no,
    role,
    preferred_channel,
    preferred_hours,
    -- load
    load_date,
    source_file,
    source_line
from {{ ref('vault_crm__contacts') }}
