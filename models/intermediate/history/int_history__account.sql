-- int_history__account: one row per account and version that says something new, as it landed.
{{ config(materialized='view') }}
with history as (
    {{ version_history('crm', 'accounts') }}
)

select
    account_no,
    customer_no,
    org_code,
    category,
    industry_code,
    voltage_kv,
    contract_capacity_kva,
    tariff_code,
    district_code,
    supply_mode,
    source_group_code,
    opened_on,
    closed_on,
    status,
    version_no,
    recorded_from,
    recorded_to,
    is_current,
    changed_columns
from history
