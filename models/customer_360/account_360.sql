-- account_360: one row per account: its newest complete month beside what it is.
with newest as (
    select months.*
    from {{ ref('account_month') }} as months
    inner join (select max(month) as month from {{ ref('account_month') }}) as last on months.month = last.month
)

select
    accounts.account_no,
    accounts.customer_id,
    accounts.org_code,
    accounts.district_code,
    accounts.category,
    accounts.industry_code,
    accounts.tariff_code,
    accounts.supply_mode,
    accounts.source_group_code,
    accounts.voltage_kv,
    accounts.contract_capacity_kva,
    accounts.opened_on,
    accounts.closed_on,
    accounts.meters,
    accounts.first_read_on,
    accounts.last_read_on,
    newest.month as feature_month,
    -- At the run's date: whoever left since the month ended is no customer to count or call.
    coalesce(accounts.closed_on <= dates.run_day, false) as is_closed,
    newest.quality_score,
    newest.months_since_last_read,
    newest.usage_kwh_12m,
    newest.mean_daily_kwh_12m,
    newest.weekend_ratio_12m,
    newest.winter_summer_ratio_12m,
    newest.peak_share_12m,
    newest.valley_share_12m,
    newest.base_load_kwh_per_day,
    newest.heating_kwh_per_hdd,
    newest.cooling_kwh_per_cdd,
    newest.weather_r2,
    newest.heating_share_12m,
    newest.cooling_share_12m,
    newest.usage_change_yoy,
    newest.billed_cny_12m,
    newest.late_bill_share_12m,
    newest.arrears_cny
from {{ ref('dim_account') }} as accounts
cross join (select max(day) as run_day from {{ ref('dim_date') }}) as dates
left join newest on accounts.account_no = newest.account_no
