-- stg_process__work_orders: one row per work order.
select
    -- keys
    order_no,
    -- attributes
    account_no,
    channel,
    category_1,
    category_2,
    category_3,
    result,
    -- measures
    satisfaction,
    -- times
    created_at,
    accepted_at,
    closed_at,
    -- load
    load_date,
    source_file,
    source_line
from {{ ref('vault_process__work_orders') }}
