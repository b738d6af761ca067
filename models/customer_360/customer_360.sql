-- customer_360: one row per customer: what all its accounts add up to, and what is said and asked for beside them.
{% set categories = ['residential', 'commercial', 'industrial', 'agricultural', 'public'] %}
{% set sums = [
    ['usage_kwh_12m', 'decimal(18, 4)'], ['export_kwh_12m', 'decimal(18, 4)'], ['usage_kwh_year_before', 'decimal(18, 4)'],
    ['billed_cny_year_before', 'decimal(18, 2)'], ['bills_12m', 'integer'], ['billed_kwh_12m', 'decimal(18, 4)'],
    ['billed_cny_12m', 'decimal(18, 2)'], ['paid_cny_12m', 'decimal(18, 2)'], ['arrears_cny', 'decimal(18, 2)'],
    ['due_bills_12m', 'integer'], ['late_bills_12m', 'integer'], ['overdue_bills_12m', 'integer']
] %}
{% set counts = [
    'payments_12m', 'digital_payments_12m', 'collection_actions_12m', 'disconnections_12m',
    'orders_12m', 'complaints_12m', 'repeat_orders_365d', 'open_orders', 'outages_12m', 'planned_outages_12m',
    'inspections', 'inspection_hits', 'touches_12m', 'accepted_offers_12m', 'declined_offers_12m', 'opt_outs_12m',
    'contacts_30d', 'contacts_90d', 'marketing_contacts_30d', 'marketing_contacts_90d', 'app_events_3m'
] %}
with held as (
    select
        *,
        row_number() over (
            -- The largest in use; what is closed only where nothing is open.
            partition by customer_id
            order by case when is_closed then 1 else 0 end, coalesce(usage_kwh_12m, -1) desc, coalesce(contract_capacity_kva, -1) desc, account_no
        ) as place
    from {{ ref('account_360') }}
    where customer_id is not null
),

accounts as (
    select
        customer_id,
        count(*) as accounts,
        count(case when not is_closed then 1 end) as open_accounts,
        count(case when is_closed then 1 end) as closed_accounts,
        count(case when is_suspended then 1 end) as suspended_accounts,
        {% for category in categories %}
        count(case when category = '{{ category }}' then 1 end) as {{ category }}_accounts,
        {% endfor %}
        count(distinct district_code) as districts,
        count(distinct org_code) as offices,
        max(case when place = 1 then account_no end) as main_account_no,
        max(case when place = 1 then category end) as main_category,
        max(case when place = 1 then org_code end) as main_org_code,
        max(case when place = 1 then usage_kwh_12m end) as main_usage_kwh_12m,
        min(opened_on) as customer_since,
        min(case when not is_closed then tenure_months end) as newest_tenure_months,
        max(tenure_months) as tenure_months,
        sum(case when not is_closed then contract_capacity_kva end) as contract_capacity_kva,
        sum(case when contract_capacity_kva > 0 then usage_kwh_12m end) as usage_kwh_with_capacity,
        sum(case when usage_kwh_12m is not null and contract_capacity_kva > 0 then contract_capacity_kva end) as capacity_with_usage,
        count(usage_kwh_year_before) as accounts_compared,
        sum(case when usage_kwh_year_before is not null then usage_kwh_12m end) as usage_kwh_compared,
        sum(case when billed_cny_year_before is not null then billed_cny_12m end) as billed_cny_compared,
        {% for column, type in sums %}
        sum({{ column }}) as {{ column }},
        {% endfor %}
        {% for column in counts %}
        sum(coalesce({{ column }}, 0)) as {{ column }},
        {% endfor %}
        sum(coalesce(outage_minutes_12m, 0)) as outage_minutes_12m,
        sum(coalesce(recovered_kwh_12m, 0)) as recovered_kwh_12m,
        count(case when arrears_cny > 0 then 1 end) as accounts_in_arrears,
        max(late_bill_share_12m) as worst_late_bill_share_12m,
        max(oldest_overdue_days) as oldest_overdue_days,
        min(least_satisfaction_12m) as least_satisfaction_12m,
        max(last_inspected_on) as last_inspected_on,
        count(case when is_inspection_due then 1 end) as accounts_due_inspection,
        max(last_contact_on) as last_contact_on,
        min(months_since_last_read) as months_since_last_read,
        min(quality_score) as lowest_quality_score
    from held
    group by customer_id
),

applications as (
    -- A new connection has no account yet: its customer record says whose it is.
    select
        coalesce(owners.customer_id, records.customer_id) as customer_id,
        count(*) as open_applications,
        count(case when applications.is_overdue then 1 end) as overdue_applications,
        sum(applications.requested_kva) as requested_kva
    from {{ ref('fct_application') }} as applications
    left join {{ ref('dim_account') }} as owners on applications.account_no = owners.account_no
    left join {{ ref('dim_customer_record') }} as records on applications.customer_no = records.customer_no
    where not applications.is_finished and not applications.is_lapsed
    group by coalesce(owners.customer_id, records.customer_id)
),

places as (
    select
        customer_id,
        {{ dbt.listagg("district_code", "', '", "order by district_code") }} as district_codes
    from (select distinct customer_id, district_code from held where district_code is not null) as districts
    group by customer_id
),

products as (
    select
        customer_id,
        count(*) as active_products,
        {{ dbt.listagg("product_code", "', '", "order by product_code") }} as active_product_codes
    from (
        select distinct
            held.customer_id,
            enrolments.product_code
        from held
        inner join {{ ref('fct_enrolment') }} as enrolments on held.account_no = enrolments.account_no
        where enrolments.is_active
    ) as active
    group by customer_id
),

consents as (
    select
        records.customer_id,
        {% for channel in consent_channels() %}
        max(case when consents.channel = '{{ channel }}' then case when consents.is_granted then 1 else 0 end end) as {{ channel }},
        {% endfor %}
        max(case when consents.is_granted then 1 else 0 end) as is_granted
    from {{ ref('dim_marketing_consent') }} as consents
    inner join {{ ref('dim_customer_record') }} as records on consents.customer_no = records.customer_no
    group by records.customer_id
)

select
    -- keys
    customers.customer_id,
    customers.customer_no,
    -- who it is
    customers.customer_records,
    customers.legal_form,
    customers.registered_on,
    customers.known_since,
    accounts.customer_since,
    accounts.tenure_months,
    accounts.newest_tenure_months,
    -- accounts
    {% for column in ['accounts', 'open_accounts', 'closed_accounts', 'suspended_accounts'] %}
    cast(coalesce(accounts.{{ column }}, 0) as integer) as {{ column }},
    {% endfor %}
    {% for category in categories %}
    cast(coalesce(accounts.{{ category }}_accounts, 0) as integer) as {{ category }}_accounts,
    {% endfor %}
    accounts.main_account_no,
    accounts.main_category,
    accounts.main_org_code,
    {{ ratio('accounts.main_usage_kwh_12m', 'accounts.usage_kwh_12m') }} as main_account_share_12m,
    cast(coalesce(accounts.districts, 0) as integer) as districts,
    places.district_codes,
    cast(coalesce(accounts.offices, 0) as integer) as offices,
    -- sums over accounts
    {% for column, type in sums %}
    cast(accounts.{{ column }} as {{ type }}) as {{ column }},
    {% endfor %}
    {% for column in counts %}
    cast(coalesce(accounts.{{ column }}, 0) as integer) as {{ column }},
    {% endfor %}
    cast(coalesce(accounts.outage_minutes_12m, 0) as decimal(18, 2)) as outage_minutes_12m,
    cast(coalesce(accounts.recovered_kwh_12m, 0) as decimal(18, 2)) as recovered_kwh_12m,
    -- what the sums say
    cast(accounts.contract_capacity_kva as decimal(18, 3)) as contract_capacity_kva,
    {{ ratio('accounts.usage_kwh_with_capacity', 'accounts.capacity_with_usage') }} as utilisation_hours_12m,
    cast(coalesce(accounts.accounts_compared, 0) as integer) as accounts_compared,
    {{ ratio('accounts.usage_kwh_compared', 'accounts.usage_kwh_year_before') }} - 1 as usage_change_12m,
    {{ ratio('accounts.billed_cny_compared', 'accounts.billed_cny_year_before') }} - 1 as billed_change_12m,
    {{ ratio('accounts.billed_cny_12m', 'accounts.billed_kwh_12m') }} as mean_price_cny_per_kwh_12m,
    {{ ratio('accounts.late_bills_12m', 'accounts.due_bills_12m') }} as late_bill_share_12m,
    accounts.worst_late_bill_share_12m,
    cast(coalesce(accounts.accounts_in_arrears, 0) as integer) as accounts_in_arrears,
    cast(coalesce(accounts.oldest_overdue_days, 0) as integer) as oldest_overdue_days,
    {{ ratio('accounts.digital_payments_12m', 'accounts.payments_12m') }} as digital_payment_share_12m,
    accounts.least_satisfaction_12m,
    accounts.last_inspected_on,
    cast(coalesce(accounts.accounts_due_inspection, 0) as integer) as accounts_due_inspection,
    -- connection
    cast(coalesce(applications.open_applications, 0) as integer) as open_applications,
    cast(coalesce(applications.overdue_applications, 0) as integer) as overdue_applications,
    cast(applications.requested_kva as decimal(18, 3)) as requested_kva,
    -- marketing
    accounts.last_contact_on,
    cast(coalesce(products.active_products, 0) as integer) as active_products,
    products.active_product_codes,
    {% for channel in consent_channels() %}
    consents.{{ channel }} = 1 as may_contact_by_{{ channel }},
    {% endfor %}
    case when consents.is_granted = 1 then 'granted' when consents.is_granted = 0 then 'denied' else 'unknown' end as consent_status,
    -- quality
    accounts.months_since_last_read,
    accounts.lowest_quality_score
from {{ ref('dim_customer') }} as customers
left join accounts on customers.customer_id = accounts.customer_id
left join applications on customers.customer_id = applications.customer_id
left join places on customers.customer_id = places.customer_id
left join products on customers.customer_id = products.customer_id
left join consents on customers.customer_id = consents.customer_id
