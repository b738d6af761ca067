-- int_history__tariff: one row per tariff and start of validity and version that says something new, as it landed.
{{ config(materialized='view') }}
with history as (
    {{ version_history('org', 'tariffs') }}
)

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
from history
