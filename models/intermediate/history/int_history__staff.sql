-- int_history__staff: one row per staff member and version that says something new, as it landed.
{{ config(materialized='view') }}
with history as (
    {{ version_history('org', 'staff') }}
)

select
    staff_no,
    org_code,
    role_code,
    hired_on,
    left_on,
    territory_code,
    capacity_per_day,
    version_no,
    recorded_from,
    recorded_to,
    is_current,
    changed_columns
from history
