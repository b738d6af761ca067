-- dim_org: one row per organisational unit.
select
    org_code,
    parent_org_code,
    org_name,
    kind,
    district_code
from {{ ref('stg_org__org_units') }}
