-- customer_360: one row per customer: what all its accounts add up to.
with accounts as (
    select
        customer_id,
        cast(count(*) as integer) as accounts,
        cast(count(case when not is_closed then 1 end) as integer) as open_accounts,
        min(opened_on) as customer_since,
        sum(usage_kwh_12m) as usage_kwh_12m,
        sum(billed_cny_12m) as billed_cny_12m,
        sum(arrears_cny) as arrears_cny,
        max(late_bill_share_12m) as worst_late_bill_share_12m,
        min(months_since_last_read) as months_since_last_read,
        min(quality_score) as lowest_quality_score
    from {{ ref('account_360') }}
    where customer_id is not null
    group by customer_id
)

select
    customers.customer_id,
    customers.customer_no,
    customers.legal_form,
    customers.registered_on,
    accounts.customer_since,
    coalesce(accounts.accounts, 0) as accounts,
    coalesce(accounts.open_accounts, 0) as open_accounts,
    cast(accounts.usage_kwh_12m as decimal(18, 4)) as usage_kwh_12m,
    cast(accounts.billed_cny_12m as decimal(18, 2)) as billed_cny_12m,
    cast(accounts.arrears_cny as decimal(18, 2)) as arrears_cny,
    accounts.worst_late_bill_share_12m,
    accounts.months_since_last_read,
    accounts.lowest_quality_score
from {{ ref('dim_customer') }} as customers
left join accounts on customers.customer_id = accounts.customer_id
