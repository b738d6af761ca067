-- int_billing__bill_version: one row per bill and version, with the days it was the newest known.
with versions as (
    {{ known_versions('billing', 'bills') }}
)

select
    bill_no,
    known_from,
    known_until,
    account_no,
    billing_month,
    kwh_total as usage_kwh,
    amount_due as amount_due_cny,
    due_on
from versions
