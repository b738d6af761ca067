-- int_billing__account_window: one row per account and complete month with a bill known by then: its last 12 billing months.
{{ config(
    materialized=day_by_day(),
    incremental_strategy='append',
    pre_hook="{{ delete_changed('last_day(month) >= ' ~ changed_from()) }}"
) }}
with calendar as (
    select account_no, month, month_end from {{ ref('int_core__account_calendar') }}
    {% if is_incremental() %}
    where month_end >= {{ changed_from() }}
    {% endif %}
),

bills as (
    select
        calendar.account_no,
        calendar.month,
        bills.billing_month,
        bills.amount_due_cny,
        bills.usage_kwh,
        bills.due_on,
        bills.due_on <= calendar.month_end as is_due,
        bills.settled_on,
        calendar.month_end
    from calendar
    inner join {{ ref('int_billing__bill_settlement') }} as bills
        on
            calendar.account_no = bills.account_no
            and bills.known_from <= calendar.month_end
            and (bills.known_until is null or bills.known_until > calendar.month_end)
            and bills.billing_month <= calendar.month
            and bills.billing_month >= {{ add_months('calendar.month', -11) }}
),

judged as (
    select
        *,
        {{ dbt.datediff('due_on', 'coalesce(settled_on, month_end)', 'day') }} as days_late,
        max(case when is_due then billing_month end) over (partition by account_no, month) as last_due_month
    from bills
),

totals as (
    select
        account_no,
        month,
        count(*) as bills_12m,
        count(case when billing_month >= {{ add_months('month', -2) }} then 1 end) as bills_3m,
        sum(case when billing_month >= {{ add_months('month', -2) }} then amount_due_cny end) as billed_cny_3m,
        max(amount_due_cny) as highest_bill_cny_12m,
        min(amount_due_cny) as lowest_bill_cny_12m,
        -- Bills of a month are issued in the next.
        sum(case when billing_month = {{ add_months('month', -1) }} then amount_due_cny end) as billed_cny_1m,
        sum(usage_kwh) as billed_kwh_12m,
        count(case when is_due and days_late > 0 and billing_month >= {{ add_months('month', -3) }} then 1 end) as late_bills_4m,
        count(case when is_due and days_late > 30 then 1 end) as very_late_bills_12m,
        count(case when is_due and days_late > 30 and billing_month >= {{ add_months('month', -3) }} then 1 end) as very_late_bills_4m,
        max(case when is_due and billing_month = last_due_month then greatest(days_late, 0) end) as last_bill_days_late,
        max(case when is_due and days_late > 0 then days_late end) as longest_days_late_12m,
        max(case when is_due and settled_on is null then days_late end) as oldest_overdue_days,
        sum(amount_due_cny) as billed_cny_12m,
        count(case when is_due then 1 end) as due_bills_12m,
        count(case when is_due and settled_on is null then 1 end) as overdue_bills_12m,
        count(case when is_due and days_late > 0 then 1 end) as late_bills_12m,
        sum(case when is_due and days_late > 0 then days_late else 0 end) as late_days_12m,
        sum(case when is_due and days_late < 0 then -days_late else 0 end) as early_days_12m,
        sum(case when is_due and days_late < 0 and billing_month >= {{ add_months('month', -3) }} then -days_late else 0 end) as early_days_4m,
        count(case when is_due and billing_month >= {{ add_months('month', -3) }} then 1 end) as due_bills_4m,
        max(billing_month) as last_billing_month
    from judged
    group by account_no, month
),

paid as (
    select
        calendar.account_no,
        calendar.month,
        sum(payments.amount_cny) as paid_cny_12m,
        count(*) as payments_12m,
        sum(case when cast(payments.paid_at as date) >= {{ add_months('calendar.month', -2) }} then payments.amount_cny end)
            as paid_cny_3m,
        count(case when payments.channel in ('app', 'wechat', 'alipay') then 1 end) as digital_payments_12m,
        count(case when payments.channel = 'counter' then 1 end) as counter_payments_12m,
        count(case when payments.channel = 'bank_debit' then 1 end) as debit_payments_12m,
        count(case when payments.channel = 'prepaid' then 1 end) as prepaid_payments_12m
    from calendar
    inner join {{ ref('int_billing__payment_version') }} as payments
        on
            calendar.account_no = payments.account_no
            and payments.known_from <= calendar.month_end
            and (payments.known_until is null or payments.known_until > calendar.month_end)
            and cast(payments.paid_at as date) >= {{ add_months('calendar.month', -11) }}
    group by calendar.account_no, calendar.month
),

balances as (
    select
        calendar.account_no,
        calendar.month,
        sum(balance.moved_cny) as balance_cny
    from calendar
    inner join {{ ref('int_billing__account_balance') }} as balance
        on calendar.account_no = balance.account_no and balance.month <= calendar.month
    group by calendar.account_no, calendar.month
)

select
    totals.*,
    coalesce(paid.paid_cny_12m, 0) as paid_cny_12m,
    coalesce(paid.paid_cny_3m, 0) as paid_cny_3m,
    coalesce(paid.payments_12m, 0) as payments_12m,
    coalesce(paid.digital_payments_12m, 0) as digital_payments_12m,
    coalesce(paid.counter_payments_12m, 0) as counter_payments_12m,
    coalesce(paid.debit_payments_12m, 0) as debit_payments_12m,
    coalesce(paid.prepaid_payments_12m, 0) as prepaid_payments_12m,
    -- An account in credit has no arrears.
    greatest(coalesce(balances.balance_cny, 0), 0) as arrears_cny
from totals
left join paid on totals.account_no = paid.account_no and totals.month = paid.month
left join balances on totals.account_no = balances.account_no and totals.month = balances.month
