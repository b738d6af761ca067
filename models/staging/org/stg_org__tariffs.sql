-- stg_org__tariffs: one row per tariff and validity.
with accepted as (
    {{ accepted_rows('org', 'tariffs') }}
)

select
    -- keys
    tariff_code,
    valid_from,
    -- attributes
    tariff_name,
    kind,
    category,
    currency,
    -- measures
    voltage_kv,
    -- times
    valid_to,
    -- load
    load_date,
    source_file,
    source_line
from accepted
