-- int_reconciliation__complaint: one row per report: work orders of its accounts made in its month, as known now and on the report's day.
with orders as (
    {{ known_versions('process', 'work_orders') }}
),

versions as (
    select
        reports.report_org_code,
        reports.month,
        orders.category_1,
        orders.known_until is null as is_now,
        orders.known_from <= reports.reported_on
        and (orders.known_until is null or orders.known_until > reports.reported_on) as is_then
    from orders
    inner join {{ ref('int_core__account_version') }} as accounts
        on orders.account_no = accounts.account_no and {{ known_at('accounts', 'last_day(cast(orders.created_at as date))') }}
    inner join {{ ref('int_reconciliation__report') }} as reports
        on accounts.org_code = reports.org_code and {{ month_of('orders.created_at') }} = reports.month
)

select
    report_org_code,
    month,
    count(case when is_now then 1 end) as orders_now,
    count(case when is_then then 1 end) as orders_then,
    count(case when is_now and category_1 = '投诉' then 1 end) as complaints_now,
    count(case when is_then and category_1 = '投诉' then 1 end) as complaints_then,
    count(case when is_now and category_1 is null then 1 end) as uncategorised
from versions
group by report_org_code, month
