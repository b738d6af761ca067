-- int_reconciliation__billed: one row per report: accounts, energy and money billed for its month, as known now and on the report's day.
with accounts as (
    select account_no, org_code, known_from, known_until, is_first
    from {{ ref('int_core__account_version') }}
),

versions as (
    select
        reports.report_org_code,
        reports.month,
        bills.account_no,
        bills.usage_kwh,
        bills.amount_due_cny,
        bills.known_until is null as is_now,
        bills.known_from <= reports.reported_on
        and (bills.known_until is null or bills.known_until > reports.reported_on) as is_then
    from {{ ref('int_billing__bill_version') }} as bills
    inner join accounts
        on bills.account_no = accounts.account_no and {{ known_at('accounts', 'last_day(bills.billing_month)') }}
    inner join {{ ref('int_reconciliation__report') }} as reports
        on accounts.org_code = reports.org_code and bills.billing_month = reports.month
),

-- Bills of which no good row landed. Their amount is often what is broken: then its parts give it.
quarantined as (
    select
        rows_aside.bill_no,
        rows_aside.account_no,
        rows_aside.billing_month,
        max(rows_aside.kwh_total) as usage_kwh,
        max(coalesce(
            rows_aside.amount_due,
            coalesce(rows_aside.energy_charge, 0) + coalesce(rows_aside.capacity_charge, 0)
            + coalesce(rows_aside.power_factor_charge, 0) + coalesce(rows_aside.levies, 0)
        )) as amount_due_cny
    from {{ source('billing', 'bills') }} as rows_aside
    left join {{ ref('stg_billing__bills') }} as bills on rows_aside.bill_no = bills.bill_no
    where
        rows_aside.breach_reasons is not null
        and rows_aside.load_date <= {{ as_of_date() }}
        and bills.bill_no is null
    group by rows_aside.bill_no, rows_aside.account_no, rows_aside.billing_month
),

quarantined_sums as (
    select
        reports.report_org_code,
        reports.month,
        count(*) as quarantined_bills,
        sum(quarantined.usage_kwh) as quarantined_kwh,
        sum(quarantined.amount_due_cny) as quarantined_cny
    from quarantined
    inner join accounts
        on quarantined.account_no = accounts.account_no and {{ known_at('accounts', 'last_day(quarantined.billing_month)') }}
    inner join {{ ref('int_reconciliation__report') }} as reports
        on accounts.org_code = reports.org_code and quarantined.billing_month = reports.month
    group by reports.report_org_code, reports.month
),

sums as (
    select
        report_org_code,
        month,
        {% for moment in ['now', 'then'] %}
        count(case when is_{{ moment }} then 1 end) as bills_{{ moment }},
        count(distinct case when is_{{ moment }} then account_no end) as accounts_{{ moment }},
        sum(case when is_{{ moment }} then usage_kwh end) as usage_kwh_{{ moment }},
        sum(case when is_{{ moment }} then amount_due_cny end) as amount_due_cny_{{ moment }}{{ "," if not loop.last }}
        {% endfor %}
    from versions
    group by report_org_code, month
)

select
    sums.*,
    coalesce(quarantined_sums.quarantined_bills, 0) as quarantined_bills,
    coalesce(quarantined_sums.quarantined_kwh, 0) as quarantined_kwh,
    coalesce(quarantined_sums.quarantined_cny, 0) as quarantined_cny
from sums
left join quarantined_sums
    on sums.report_org_code = quarantined_sums.report_org_code and sums.month = quarantined_sums.month
