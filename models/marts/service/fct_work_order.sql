-- fct_work_order: one row per work order, with its clocks; the text stays in the vault.
with orders as (
    select
        order_no,
        account_no,
        channel,
        category_1,
        category_2,
        category_3,
        created_at,
        accepted_at,
        closed_at,
        result,
        satisfaction,
        lag(created_at) over (partition by account_no, category_2 order by created_at, order_no) as before_at
    from {{ ref('stg_process__work_orders') }}
)

select
    order_no,
    account_no,
    channel,
    category_1,
    category_2,
    category_3,
    created_at,
    accepted_at,
    closed_at,
    result,
    satisfaction,
    {{ dbt.datediff('created_at', 'accepted_at', 'minute') }} as minutes_to_accept,
    {{ dbt.datediff('created_at', 'closed_at', 'minute') }} as minutes_to_close,
    closed_at is null as is_open,
    coalesce(category_1 = '投诉', false) as is_complaint,
    coalesce(
        account_no is not null
        and category_2 is not null
        and {{ dbt.datediff('before_at', 'created_at', 'day') }} <= {{ threshold('repeat_call_days') }},
        false
    ) as is_repeat
from orders
