-- int_core__account_version: one row per account and version of its master record, with the days it was the newest known.
with versions as (
    {{ known_versions('crm', 'accounts') }}
)

select
    account_no,
    known_from,
    known_until,
    {{ is_first_version('crm', 'accounts') }} as is_first,
    customer_no,
    org_code,
    category,
    tariff_code,
    district_code,
    source_group_code,
    industry_code,
    supply_mode,
    status,
    voltage_kv,
    contract_capacity_kva,
    opened_on,
    closed_on
from versions
