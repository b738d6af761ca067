-- int_billing__account_balance: one row per account and month in which its overdue balance moved: the movement.
-- A bill counts from its due day, a payment from when it was made, known and owed, so early payments never hide arrears.
-- A correction takes the old version's amount back on the day it landed.
with movements as (
    select
        account_no,
        greatest(due_on, known_from) as moved_on,
        amount_due_cny as amount_cny
    from {{ ref('int_billing__bill_version') }}
    union all
    select
        account_no,
        greatest(due_on, known_until) as moved_on,
        -amount_due_cny as amount_cny
    from {{ ref('int_billing__bill_version') }}
    where known_until is not null
    union all
    select
        payments.account_no,
        greatest(cast(payments.paid_at as date), payments.load_date, coalesce(bills.due_on, payments.load_date)) as moved_on,
        -payments.amount_cny as amount_cny
    from {{ ref('stg_billing__payments') }} as payments
    left join {{ ref('stg_billing__bills') }} as bills on payments.bill_no = bills.bill_no
)

select
    account_no,
    {{ month_of('moved_on') }} as month,
    sum(amount_cny) as moved_cny
from movements
group by account_no, {{ month_of('moved_on') }}
