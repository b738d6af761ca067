-- stg_org__products: one row per product of the branch.
with accepted as (
    {{ accepted_rows('org', 'products') }}
)

select
    -- keys
    product_code,
    -- attributes
    product_name,
    product_name_zh,
    category,
    -- load
    load_date,
    source_file,
    source_line
from accepted
