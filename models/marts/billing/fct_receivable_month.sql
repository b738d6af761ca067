-- fct_receivable_month: one row per account and complete month: what it owed at the month's end, by age, as known then.
with months as (
    select distinct month from {{ ref('dim_date') }}
    where month_end <= (select max(day) from {{ ref('dim_date') }})
),

-- Each bill beside itself a month before: what became arrears, and what ceased to be.
beside as (
    select
        account_no,
        bill_no,
        month,
        due_on,
        days_past_due,
        open_cny,
        covered_cny,
        case when days_past_due > 0 then open_cny else 0 end as arrears_cny,
        0 as arrears_before_cny
    from {{ ref('int_billing__open_bill') }}
    union all
    select
        bills.account_no,
        bills.bill_no,
        months.month,
        null as due_on,
        null as days_past_due,
        0 as open_cny,
        0 as covered_cny,
        0 as arrears_cny,
        bills.open_cny as arrears_before_cny
    from {{ ref('int_billing__open_bill') }} as bills
    inner join months on months.month = {{ add_months('bills.month', 1) }}
    where bills.days_past_due > 0 and bills.open_cny > 0
),

bills as (
    select
        account_no,
        bill_no,
        month,
        max(due_on) as due_on,
        max(days_past_due) as days_past_due,
        sum(open_cny) as open_cny,
        sum(covered_cny) as covered_cny,
        sum(arrears_cny) as arrears_cny,
        sum(arrears_before_cny) as arrears_before_cny
    from beside
    group by account_no, bill_no, month
),

sums as (
    select
        account_no,
        month,
        sum(open_cny) as open_cny,
        sum(case when days_past_due <= 0 then open_cny else 0 end) as not_due_cny,
        sum(case when days_past_due between 1 and 30 then open_cny else 0 end) as overdue_1_30_cny,
        sum(case when days_past_due between 31 and 60 then open_cny else 0 end) as overdue_31_60_cny,
        sum(case when days_past_due between 61 and 90 then open_cny else 0 end) as overdue_61_90_cny,
        sum(case when days_past_due > 90 then open_cny else 0 end) as overdue_91_cny,
        sum(arrears_cny) as arrears_cny,
        count(case when arrears_cny > 0 then 1 end) as overdue_bills,
        min(case when arrears_cny > 0 then due_on end) as oldest_due_on,
        sum(greatest(arrears_cny - arrears_before_cny, 0)) as new_arrears_cny,
        sum(greatest(arrears_before_cny - arrears_cny, 0)) as recovered_cny,
        sum(covered_cny) as covered_cny
    from bills
    group by account_no, month
),

credits as (
    select
        credit.account_no,
        months.month,
        credit.credit_cny
    from {{ ref('int_billing__account_credit') }} as credit
    inner join months
        on credit.month <= months.month and (credit.next_month is null or credit.next_month > months.month)
    where credit.credit_cny > 0
),

-- Bills and money of an account that the customer system does not know are owed all the same.
accounts as (
    select account_no, month from {{ ref('int_core__account_calendar') }}
    union
    select account_no, month from sums
    union
    select account_no, month from credits
)

select
    accounts.account_no,
    accounts.month,
    {% for column in [
        'open_cny', 'not_due_cny', 'overdue_1_30_cny', 'overdue_31_60_cny', 'overdue_61_90_cny', 'overdue_91_cny',
        'arrears_cny', 'new_arrears_cny', 'recovered_cny'
    ] %}
    cast(coalesce(sums.{{ column }}, 0) as decimal(18, 2)) as {{ column }},
    {% endfor %}
    cast(coalesce(sums.overdue_bills, 0) as integer) as overdue_bills,
    sums.oldest_due_on,
    cast(coalesce(credits.credit_cny, 0) - coalesce(sums.covered_cny, 0) as decimal(18, 2)) as advance_cny
from accounts
left join sums on accounts.account_no = sums.account_no and accounts.month = sums.month
left join credits on accounts.account_no = credits.account_no and accounts.month = credits.month
