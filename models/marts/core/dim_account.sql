-- dim_account: one row per account (户号).
with meters as (
    select
        account_no,
        cast(count(*) as integer) as meters
    from {{ ref('dim_meter') }}
    group by account_no
),

-- Of the account, not of the meters it has today: a meter may have come from elsewhere.
reads as (
    select
        account_no,
        min(first_day) as first_read_on,
        max(last_value_day) as last_read_on
    from {{ ref('int_usage__account_month') }}
    group by account_no
)

select
    accounts.account_no,
    customers.customer_id,
    accounts.customer_no,
    accounts.org_code,
    accounts.district_code,
    accounts.category,
    accounts.industry_code,
    accounts.tariff_code,
    accounts.supply_mode,
    accounts.source_group_code,
    accounts.status,
    accounts.voltage_kv,
    accounts.contract_capacity_kva,
    accounts.opened_on,
    accounts.closed_on,
    cast(coalesce(meters.meters, 0) as integer) as meters,
    reads.first_read_on,
    reads.last_read_on,
    accounts.load_date as record_load_date
from {{ ref('stg_crm__accounts') }} as accounts
left join meters on accounts.account_no = meters.account_no
left join reads on accounts.account_no = reads.account_no
left join {{ ref('int_core__customer_record') }} as customers on accounts.customer_no = customers.customer_no
