-- dim_customer_record: one row per customer record of the source: the customer it was resolved to.
select
    customers.customer_no,
    records.customer_id,
    customers.customer_no = records.founder_no as is_founder,
    records.founded_on as customer_known_since,
    customers.legal_form,
    customers.registered_on
from {{ ref('stg_crm__customers') }} as customers
inner join {{ ref('int_core__customer_record') }} as records on customers.customer_no = records.customer_no
