-- dim_contract_history: one row per supply contract and version that says something new.
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
from {{ ref('int_history__contract') }}
