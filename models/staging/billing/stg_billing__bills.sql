-- stg_billing__bills: one row per bill.
with accepted as (
    {{ accepted_rows('billing', 'bills') }}
)

select
    -- keys
    bill_no,
    -- attributes
    account_no,
    -- measures
    kwh_total as usage_kwh,
    kwh_sharp as sharp_kwh,
    kwh_peak as peak_kwh,
    kwh_flat as flat_kwh,
    kwh_valley as valley_kwh,
    energy_charge as energy_charge_cny,
    capacity_charge as capacity_charge_cny,
    power_factor_charge as power_factor_charge_cny,
    levies as levies_cny,
    amount_due as amount_due_cny,
    -- times
    billing_month,
    issued_on,
    due_on,
    -- load
    load_date,
    source_file,
    source_line
from accepted
