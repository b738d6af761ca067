-- stg_org__staff: one row per staff member.
select
    -- keys
    staff_no,
    -- attributes
    org_code,
    role_code,
    territory_code,
    -- measures
    capacity_per_day,
    -- times
    hired_on,
    left_on,
    -- load
    load_date,
    source_file,
    source_line
from {{ ref('vault_org__staff') }}
