-- dim_customer_history: one row per customer record and version that says something new.
select
    customer_no,
    legal_form,
    registered_on,
    version_no,
    recorded_from,
    recorded_to,
    is_current,
    changed_columns
from {{ ref('int_history__customer') }}
