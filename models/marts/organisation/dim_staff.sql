-- dim_staff: one row per staff member, without the name.
select
    staff_no,
    org_code,
    role_code,
    territory_code,
    hired_on,
    left_on,
    left_on is null or left_on > {{ as_of_date() }} as is_active,
    capacity_per_day
from {{ ref('stg_org__staff') }}
