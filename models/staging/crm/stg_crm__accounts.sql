-- stg_crm__accounts: one row per account (户号): what is metered and billed.
select
    -- keys
    account_no,
    -- attributes
    customer_no,
    org_code,
    category,
    industry_code,
    tariff_code,
    district_code,
    supply_mode,
    source_group_code,
    status,
    -- measures
    voltage_kv,
    contract_capacity_kva,
    -- times
    opened_on,
    closed_on,
    -- load
    load_date,
    source_file,
    source_line
from {{ ref('vault_crm__accounts') }}
