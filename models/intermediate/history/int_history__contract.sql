-- int_history__contract: one row per supply contract and version that says something new, as it landed.
{{ config(materialized='view') }}
with history as (
    {{ version_history('crm', 'contracts') }}
)

select
    contract_no,
    account_no,
    kind,
    start_on,
    end_on,
    version_no,
    recorded_from,
    recorded_to,
    is_current,
    changed_columns
from history
