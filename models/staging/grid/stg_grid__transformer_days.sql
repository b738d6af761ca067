-- stg_grid__transformer_days: one row per transformer and day: energy in and energy sold.
with accepted as (
    {{ accepted_rows('grid', 'transformer_days') }}
)

select
    -- keys
    transformer_no,
    day,
    -- measures
    kwh_supplied as supplied_kwh,
    kwh_sold as sold_kwh,
    -- load
    load_date,
    source_file,
    source_line
from accepted
