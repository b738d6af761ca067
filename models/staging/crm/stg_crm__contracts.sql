-- stg_crm__contracts: one row per supply contract.
with accepted as (
    {{ accepted_rows('crm', 'contracts') }}
)

select
    -- keys
    contract_no,
    -- attributes
    account_no,
    kind,
    -- times
    start_on,
    end_on,
    -- load
    load_date,
    source_file,
    source_line
from accepted
