-- dim_customer: one row per customer resolved across the source's records, without personal columns.
with customers as (
    select
        records.customer_id,
        min(records.founder_no) as customer_no,
        cast(count(*) as integer) as customer_records,
        -- The founder's word counts; it may be gone, or silent.
        max(case when customers.customer_no = records.founder_no then customers.legal_form end) as founder_legal_form,
        max(customers.legal_form) as any_legal_form,
        min(customers.registered_on) as registered_on,
        min(records.founded_on) as known_since
    from {{ ref('stg_crm__customers') }} as customers
    inner join {{ ref('int_core__customer_record') }} as records on customers.customer_no = records.customer_no
    group by records.customer_id
)

select
    customer_id,
    customer_no,
    customer_records,
    coalesce(founder_legal_form, any_legal_form) as legal_form,
    registered_on,
    known_since
from customers
