-- int_activity__account_now: one row per account with any of it: what is open, in force and felt on the run's date.
with latest as (
    select {{ as_of_day() }} as day
),

orders as (
    select
        orders.account_no,
        count(case when orders.is_open then 1 end) as open_orders,
        count(case
            when orders.is_repeat and {{ dbt.datediff('orders.created_at', 'latest.day', 'day') }} between 0 and 364 then 1
        end) as repeat_orders_365d
    from {{ ref('fct_work_order') }} as orders
    cross join latest
    where orders.account_no is not null
    group by orders.account_no
),

applications as (
    select
        account_no,
        count(*) as open_applications,
        count(case when is_overdue then 1 end) as overdue_applications,
        sum(requested_kva) as requested_kva
    from {{ ref('fct_application') }}
    where not is_finished and not is_lapsed and account_no is not null
    group by account_no
),

products as (
    select
        account_no,
        count(*) as active_products,
        {{ dbt.listagg("product_code", "', '", "order by product_code") }} as active_product_codes
    from (select distinct account_no, product_code from {{ ref('fct_enrolment') }} where is_active) as active
    group by account_no
),

inspections as (
    select
        account_no,
        count(*) as inspections,
        count(case when is_hit then 1 end) as inspection_hits,
        cast(max(inspected_at) as date) as last_inspected_on
    from {{ ref('fct_inspection') }}
    group by account_no
),

accounts as (
    select account_no from orders
    union
    select account_no from applications
    union
    select account_no from products
    union
    select account_no from inspections
    union
    select account_no from {{ ref('fct_contact_pressure') }} where channel = 'all'
)

select
    accounts.account_no,
    cast(coalesce(orders.open_orders, 0) as integer) as open_orders,
    cast(coalesce(orders.repeat_orders_365d, 0) as integer) as repeat_orders_365d,
    cast(coalesce(applications.open_applications, 0) as integer) as open_applications,
    cast(coalesce(applications.overdue_applications, 0) as integer) as overdue_applications,
    applications.requested_kva,
    cast(coalesce(products.active_products, 0) as integer) as active_products,
    products.active_product_codes,
    cast(coalesce(inspections.inspections, 0) as integer) as inspections,
    cast(coalesce(inspections.inspection_hits, 0) as integer) as inspection_hits,
    inspections.last_inspected_on,
    cast(coalesce(pressure.contacts_30d, 0) as integer) as contacts_30d,
    cast(coalesce(pressure.contacts_90d, 0) as integer) as contacts_90d,
    cast(coalesce(pressure.marketing_30d, 0) as integer) as marketing_contacts_30d,
    cast(coalesce(pressure.marketing_90d, 0) as integer) as marketing_contacts_90d,
    pressure.last_contact_on
from accounts
left join orders on accounts.account_no = orders.account_no
left join applications on accounts.account_no = applications.account_no
left join products on accounts.account_no = products.account_no
left join inspections on accounts.account_no = inspections.account_no
left join {{ ref('fct_contact_pressure') }} as pressure
    on accounts.account_no = pressure.account_no and pressure.channel = 'all'
