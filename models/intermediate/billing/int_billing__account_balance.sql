-- int_billing__account_balance: one row per account and month in which its overdue balance moved: the movement.
-- A bill counts from its due day, a payment from when it was made and known. While the bill that it names is known but not due
-- (by the bill's version of that time) it is held back, so early payments never hide arrears. A correction takes the old version's
-- amount back on the day it landed.
with named as (
    select
        payments.account_no,
        payments.amount_cny,
        greatest(payments.known_from, bills.known_from) as held_from,
        least(
            bills.due_on,
            coalesce(payments.known_until, bills.due_on),
            coalesce(bills.known_until, bills.due_on)
        ) as held_until
    from {{ ref('int_billing__payment_version') }} as payments
    inner join {{ ref('int_billing__bill_version') }} as bills
        on payments.bill_no = bills.bill_no and payments.account_no = bills.account_no
),

held as (
    select * from named
    where held_from < held_until
),

movements as (
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
        account_no,
        known_from as moved_on,
        -amount_cny as amount_cny
    from {{ ref('int_billing__payment_version') }}
    union all
    select
        account_no,
        known_until as moved_on,
        amount_cny
    from {{ ref('int_billing__payment_version') }}
    where known_until is not null
    union all
    select
        account_no,
        held_from as moved_on,
        amount_cny
    from held
    union all
    select
        account_no,
        held_until as moved_on,
        -amount_cny as amount_cny
    from held
)

select
    account_no,
    {{ month_of('moved_on') }} as month,
    sum(amount_cny) as moved_cny
from movements
group by account_no, {{ month_of('moved_on') }}
