-- dim_customer: one row per customer, without personal columns.
select
    -- Until customers are resolved across records, one source record is one customer.
    {{ dbt.hash("'customer|' || customer_no") }} as customer_id,
    customer_no,
    legal_form,
    registered_on
from {{ ref('stg_crm__customers') }}
