-- stg_org__tariff_prices: one row per tariff, month and period.
with accepted as (
    {{ accepted_rows('org', 'tariff_prices') }}
)

select
    -- keys
    tariff_code,
    month,
    period,
    -- measures
    price_per_kwh,
    -- load
    load_date,
    source_file,
    source_line
from accepted
