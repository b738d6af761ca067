-- int_core__account_version: one row per account and version of its master record, with the days it was the newest known.
with versions as (
    {{ known_versions('crm', 'accounts') }}
)

select
    account_no,
    load_date as known_from,
    replaced_on as known_until,
    customer_no,
    org_code,
    category,
    tariff_code,
    district_code,
    source_group_code,
    contract_capacity_kva,
    opened_on,
    closed_on
from versions
where replaced_on is null or load_date < replaced_on
