-- int_history__customer: one row per customer record and version that says something new, as it landed.
{{ config(materialized='view') }}
with history as (
    {{ version_history('crm', 'customers') }}
)

select
    customer_no,
    legal_form,
    registered_on,
    version_no,
    recorded_from,
    recorded_to,
    is_current,
    changed_columns
from history
