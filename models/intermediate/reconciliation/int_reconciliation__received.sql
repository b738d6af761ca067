-- int_reconciliation__received: one row per report: payments dated in its month, as known now and on the report's day.
with versions as (
    select
        reports.report_org_code,
        reports.month,
        payments.amount_cny,
        payments.known_until is null as is_now,
        payments.known_from <= reports.reported_on
        and (payments.known_until is null or payments.known_until > reports.reported_on) as is_then,
        payments.bill_no is not null and bills.bill_no is null as is_unmatched
    from {{ ref('int_billing__payment_version') }} as payments
    left join {{ ref('stg_billing__bills') }} as bills
        on payments.bill_no = bills.bill_no and payments.account_no = bills.account_no
    inner join {{ ref('int_core__account_version') }} as accounts
        on payments.account_no = accounts.account_no and {{ known_at('accounts', "last_day(cast(payments.paid_at as date))") }}
    inner join {{ ref('int_reconciliation__report') }} as reports
        on accounts.org_code = reports.org_code and {{ month_of('payments.paid_at') }} = reports.month
    where payments.known_from <= {{ as_of_date() }}
),

-- Where the time is what broke a row, it was paid about when it landed.
quarantined as (
    select
        rows_aside.payment_no,
        rows_aside.account_no,
        max({{ month_of('coalesce(rows_aside.paid_at, rows_aside.load_date)') }}) as month,
        max(rows_aside.amount) as amount_cny
    from {{ source('billing', 'payments') }} as rows_aside
    left join {{ ref('stg_billing__payments') }} as payments on rows_aside.payment_no = payments.payment_no
    where
        rows_aside.breach_reasons is not null
        and rows_aside.load_date <= {{ as_of_date() }}
        and payments.payment_no is null
    group by rows_aside.payment_no, rows_aside.account_no
),

quarantined_sums as (
    select
        reports.report_org_code,
        reports.month,
        sum(quarantined.amount_cny) as quarantined_cny
    from quarantined
    inner join {{ ref('int_core__account_version') }} as accounts
        on quarantined.account_no = accounts.account_no and {{ known_at('accounts', 'last_day(quarantined.month)') }}
    inner join {{ ref('int_reconciliation__report') }} as reports
        on accounts.org_code = reports.org_code and quarantined.month = reports.month
    group by reports.report_org_code, reports.month
),

sums as (
    select
        report_org_code,
        month,
        count(case when is_now then 1 end) as payments_now,
        count(case when is_then then 1 end) as payments_then,
        sum(case when is_now then amount_cny end) as amount_cny_now,
        sum(case when is_then then amount_cny end) as amount_cny_then,
        sum(case when is_now and is_unmatched then amount_cny end) as unmatched_cny
    from versions
    group by report_org_code, month
)

select
    sums.*,
    coalesce(quarantined_sums.quarantined_cny, 0) as quarantined_cny
from sums
left join quarantined_sums
    on sums.report_org_code = quarantined_sums.report_org_code and sums.month = quarantined_sums.month
