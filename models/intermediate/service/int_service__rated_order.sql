-- int_service__rated_order: one row per work order that was rated, with the circumstances that may explain the mark.
with orders as (
    select
        orders.*,
        accounts.org_code,
        accounts.category
    from {{ ref('fct_work_order') }} as orders
    left join {{ ref('dim_account') }} as accounts on orders.account_no = accounts.account_no
    where
        orders.satisfaction is not null
        and {{ dbt.datediff('orders.created_at', as_of_day(), 'day') }} between 0 and {{ threshold('driver_days') }}
),

after_outage as (
    select distinct orders.order_no
    from orders
    inner join {{ ref('int_grid__outage_account') }} as outages
        on
            orders.account_no = outages.account_no
            and outages.started_at <= orders.created_at
            and {{ dbt.datediff('outages.started_at', 'orders.created_at', 'day') }} <= {{ threshold('driver_outage_days') }}
)

select
    orders.order_no,
    orders.satisfaction,
    orders.satisfaction <= {{ threshold('dissatisfied_at_most') }} as is_dissatisfied,
    coalesce(waiting.waiting, 'unknown') as waiting,
    case when orders.is_repeat then 'yes' else 'no' end as repeat_call,
    coalesce(orders.category_1, 'unknown') as matter,
    coalesce(orders.channel, 'unknown') as channel,
    coalesce(orders.result, 'unknown') as result,
    coalesce(orders.org_code, 'unknown') as station,
    coalesce(orders.category, 'unknown') as account_category,
    case
        when orders.account_no is null then 'unknown'
        when after_outage.order_no is not null then 'yes'
        else 'no'
    end as after_outage
from orders
left join after_outage on orders.order_no = after_outage.order_no
left join {{ ref('waiting_class') }} as waiting
    on
        orders.minutes_to_close >= waiting.from_minutes
        and (waiting.below_minutes is null or orders.minutes_to_close < waiting.below_minutes)
