-- stg_org__org_units: one row per organisational unit.
with accepted as (
    {{ accepted_rows('org', 'org_units') }}
)

select
    -- keys
    org_code,
    -- attributes
    parent_org_code,
    org_name,
    kind,
    district_code,
    -- load
    load_date,
    source_file,
    source_line
from accepted
