-- fct_bill: one row per bill, with what has been paid on it by the run's date.
with judged as (
    select
        bills.*,
        settlement.paid_cny,
        settlement.settled_on,
        settlement.settled_on is null and bills.due_on < dates.run_day as is_overdue,
        coalesce(settlement.settled_on, dates.run_day) as judged_on
    from {{ ref('stg_billing__bills') }} as bills
    inner join {{ ref('int_billing__bill_settlement') }} as settlement
        on bills.bill_no = settlement.bill_no and settlement.known_until is null
    cross join (select max(day) as run_day from {{ ref('dim_date') }}) as dates
)

select
    bill_no,
    account_no,
    billing_month,
    usage_kwh,
    sharp_kwh,
    peak_kwh,
    flat_kwh,
    valley_kwh,
    energy_charge_cny,
    capacity_charge_cny,
    power_factor_charge_cny,
    levies_cny,
    amount_due_cny,
    issued_on,
    due_on,
    cast(paid_cny as decimal(18, 2)) as paid_cny,
    cast(amount_due_cny - paid_cny as decimal(18, 2)) as open_cny,
    settled_on,
    cast(greatest({{ dbt.datediff('due_on', 'judged_on', 'day') }}, 0) as integer) as days_late,
    is_overdue
from judged
