-- dim_staff_history: one row per staff member and version that says something new.
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
from {{ ref('int_history__staff') }}
