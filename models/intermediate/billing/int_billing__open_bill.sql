-- int_billing__open_bill: one row per bill and complete month at whose end it was open, by what was known then.
-- The account's credit covers its oldest bills first, as in fct_bill_payment. Only states that leave something open meet the
-- months, so the rows are the open bills and not all bills of all months.
with months as (
    select distinct month, month_end
    from {{ ref('dim_date') }}
    where month_end <= (select max(day) from {{ ref('dim_date') }})
),

states as (
    select
        *,
        amount_due_cny - {{ clipped('paid_cny', 'amount_due_cny') }} as open_cny
    from {{ ref('int_billing__bill_settlement') }}
    where amount_due_cny > greatest(paid_cny, 0)
),

open_bills as (
    select
        states.bill_no,
        states.account_no,
        months.month,
        months.month_end,
        states.due_on,
        states.open_cny,
        sum(states.open_cny) over (
            partition by states.account_no, months.month order by states.due_on, states.bill_no
            rows between unbounded preceding and current row
        ) as open_so_far_cny
    from states
    inner join months
        on
            states.known_from <= months.month_end
            and (states.known_until is null or states.known_until > months.month_end)
),

covered as (
    select
        open_bills.*,
        {{ clipped('coalesce(credit.credit_cny, 0) - (open_bills.open_so_far_cny - open_bills.open_cny)', 'open_bills.open_cny') }}
            as covered_cny
    from open_bills
    left join {{ ref('int_billing__account_credit') }} as credit
        on
            open_bills.account_no = credit.account_no
            and credit.month <= open_bills.month
            and (credit.next_month is null or credit.next_month > open_bills.month)
)

select
    bill_no,
    account_no,
    month,
    due_on,
    {{ dbt.datediff('due_on', 'month_end', 'day') }} as days_past_due,
    covered_cny,
    open_cny - covered_cny as open_cny
from covered
