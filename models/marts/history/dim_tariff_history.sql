-- dim_tariff_history: one row per tariff and start of validity and version that says something new.
select
    tariff_code,
    valid_from,
    valid_to,
    tariff_name,
    kind,
    category,
    voltage_kv,
    currency,
    version_no,
    recorded_from,
    recorded_to,
    is_current,
    changed_columns
from {{ ref('int_history__tariff') }}
