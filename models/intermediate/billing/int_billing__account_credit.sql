-- int_billing__account_credit: one row per account and month in which its credit moved: what no bill named takes, at the month's end.
-- Everything paid less what the bills that the payments name can take (int_billing__payment_claim, but as known at each month's end).
with movements as (
    select
        account_no,
        {{ month_of('known_from') }} as month,
        amount_cny as moved_cny
    from {{ ref('int_billing__payment_version') }}
    union all
    select
        account_no,
        {{ month_of('known_until') }} as month,
        -amount_cny as moved_cny
    from {{ ref('int_billing__payment_version') }}
    where known_until is not null
    union all
    select
        account_no,
        {{ month_of('known_from') }} as month,
        -{{ clipped('paid_cny', 'amount_due_cny') }} as moved_cny
    from {{ ref('int_billing__bill_settlement') }}
    where paid_cny <> 0
    union all
    select
        account_no,
        {{ month_of('known_until') }} as month,
        {{ clipped('paid_cny', 'amount_due_cny') }} as moved_cny
    from {{ ref('int_billing__bill_settlement') }}
    where paid_cny <> 0 and known_until is not null
),

-- Most months move nothing: what came was taken by the bill named.
moved as (
    select account_no, month, sum(moved_cny) as moved_cny
    from movements
    group by account_no, month
    having sum(moved_cny) <> 0
)

select
    account_no,
    month,
    lead(month) over (partition by account_no order by month) as next_month,
    sum(moved_cny) over (
        partition by account_no order by month rows between unbounded preceding and current row
    ) as credit_cny
from moved
