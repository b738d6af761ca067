-- dim_tariff: one row per tariff and start of validity.
select
    tariff_code,
    valid_from,
    valid_to,
    tariff_name,
    kind,
    category,
    voltage_kv,
    currency
from {{ ref('stg_org__tariffs') }}
