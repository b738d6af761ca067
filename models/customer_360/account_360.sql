-- account_360: one row per account: what it is and does on the run's date beside its newest complete month.
with last_month as (
    select max(month) as month from {{ ref('account_month') }}
),

newest as (
    select months.*
    from {{ ref('account_month') }} as months
    inner join last_month on months.month = last_month.month
),

year_before as (
    -- A year of a few weeks is no year: both must have enough days to be compared.
    select
        before.account_no,
        before.usage_kwh_12m,
        before.billed_cny_12m
    from {{ ref('account_month') }} as before
    inner join newest on before.account_no = newest.account_no and before.month = {{ add_months('newest.month', -12) }}
    where before.usable_days_12m >= {{ threshold('yoy_min_days') }} and newest.usable_days_12m >= {{ threshold('yoy_min_days') }}
),

consents as (
    select
        customer_no,
        {% for channel in consent_channels() %}
        max(case when channel = '{{ channel }}' then case when is_granted then 1 else 0 end end) as {{ channel }},
        {% endfor %}
        max(case when is_granted then 1 else 0 end) as is_granted
    from {{ ref('dim_marketing_consent') }}
    group by customer_no
)

select
    -- keys
    accounts.account_no,
    accounts.customer_id,
    -- profile
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
    {{ months_between('accounts.opened_on', 'dates.run_day') }} as tenure_months,
    accounts.meters,
    accounts.first_read_on,
    accounts.last_read_on,
    newest.month as feature_month,
    -- At the run's date: whoever left since the month ended is no customer to count or call.
    coalesce(accounts.closed_on <= dates.run_day, false) as is_closed,
    not coalesce(accounts.closed_on <= dates.run_day, false) and coalesce(accounts.status = 'suspended', false) as is_suspended,
    -- quality
    newest.quality_score,
    newest.months_since_last_read,
    -- usage
    newest.usage_kwh_12m,
    newest.export_kwh_12m,
    newest.mean_daily_kwh_12m,
    newest.utilisation_hours_12m,
    newest.weekend_ratio_12m,
    newest.winter_summer_ratio_12m,
    newest.peak_share_12m,
    newest.valley_share_12m,
    newest.day_load_factor_3m,
    newest.base_load_kwh_per_day,
    newest.heating_kwh_per_hdd,
    newest.cooling_kwh_per_cdd,
    newest.weather_r2,
    newest.heating_share_12m,
    newest.cooling_share_12m,
    -- change against the year before
    newest.usage_change_yoy,
    year_before.usage_kwh_12m as usage_kwh_year_before,
    {{ ratio('newest.usage_kwh_12m', 'year_before.usage_kwh_12m') }} - 1 as usage_change_12m,
    year_before.billed_cny_12m as billed_cny_year_before,
    -- billing
    newest.bills_12m,
    cast(bills.billed_kwh_12m as decimal(18, 4)) as billed_kwh_12m,
    newest.billed_cny_12m,
    newest.mean_price_cny_per_kwh_12m,
    -- payment
    newest.paid_cny_12m,
    newest.arrears_cny,
    cast(bills.due_bills_12m as integer) as due_bills_12m,
    cast(bills.late_bills_12m as integer) as late_bills_12m,
    newest.late_bill_share_12m,
    newest.mean_days_late_12m,
    newest.overdue_bills_12m,
    newest.oldest_overdue_days,
    newest.payments_12m,
    cast(coalesce(bills.digital_payments_12m, 0) as integer) as digital_payments_12m,
    newest.collection_actions_12m,
    newest.disconnections_12m,
    -- service
    newest.orders_12m,
    newest.complaints_12m,
    coalesce(today.repeat_orders_365d, 0) as repeat_orders_365d,
    coalesce(today.open_orders, 0) as open_orders,
    newest.rated_orders_12m,
    newest.mean_satisfaction_12m,
    newest.least_satisfaction_12m,
    -- grid
    newest.outages_12m,
    newest.planned_outages_12m,
    newest.outage_minutes_12m,
    -- connection
    coalesce(today.open_applications, 0) as open_applications,
    coalesce(today.overdue_applications, 0) as overdue_applications,
    cast(today.requested_kva as decimal(18, 3)) as requested_kva,
    -- inspection
    coalesce(today.inspections, 0) as inspections,
    coalesce(today.inspection_hits, 0) as inspection_hits,
    today.last_inspected_on,
    coverage.is_due as is_inspection_due,
    newest.recovered_kwh_12m,
    -- marketing
    newest.touches_12m,
    newest.accepted_offers_12m,
    newest.declined_offers_12m,
    newest.opt_outs_12m,
    coalesce(today.contacts_30d, 0) as contacts_30d,
    coalesce(today.contacts_90d, 0) as contacts_90d,
    coalesce(today.marketing_contacts_30d, 0) as marketing_contacts_30d,
    coalesce(today.marketing_contacts_90d, 0) as marketing_contacts_90d,
    today.last_contact_on,
    coalesce(today.active_products, 0) as active_products,
    today.active_product_codes,
    newest.app_events_3m,
    -- consent
    {% for channel in consent_channels() %}
    consents.{{ channel }} = 1 as may_contact_by_{{ channel }},
    {% endfor %}
    case when consents.is_granted = 1 then 'granted' when consents.is_granted = 0 then 'denied' else 'unknown' end as consent_status
from {{ ref('dim_account') }} as accounts
cross join (select max(day) as run_day from {{ ref('dim_date') }}) as dates
left join newest on accounts.account_no = newest.account_no
left join year_before on accounts.account_no = year_before.account_no
left join {{ ref('int_billing__account_window') }} as bills
    on newest.account_no = bills.account_no and newest.month = bills.month
left join {{ ref('int_activity__account_now') }} as today on accounts.account_no = today.account_no
left join {{ ref('fct_inspection_coverage') }} as coverage on accounts.account_no = coverage.account_no
left join consents on accounts.customer_no = consents.customer_no
