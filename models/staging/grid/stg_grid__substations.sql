-- stg_grid__substations: one row per substation.
with accepted as (
    {{ accepted_rows('grid', 'substations') }}
)

select
    -- keys
    substation_no,
    -- attributes
    substation_name,
    org_code,
    -- measures
    voltage_kv,
    -- load
    load_date,
    source_file,
    source_line
from accepted
