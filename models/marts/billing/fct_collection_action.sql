-- fct_collection_action: one row per collection action (催费), with what followed by the run's date.
with steps as (
    select
        *,
        lead(kind) over (
            partition by account_no, bill_no order by acted_at, action_no
        ) as next_kind,
        lead(acted_at) over (
            partition by account_no, bill_no order by acted_at, action_no
        ) as next_acted_at
    from {{ ref('stg_billing__collection_actions') }}
    where cast(acted_at as date) <= {{ as_of_date() }}
),

-- Money for the bill that the action is about, or for any bill of the account.
money as (
    select
        steps.action_no,
        steps.acted_at,
        payments.paid_at,
        payments.settled_on,
        payments.allocated_cny
    from steps
    inner join {{ ref('fct_bill_payment') }} as payments
        on steps.account_no = payments.account_no and (steps.bill_no is null or steps.bill_no = payments.bill_no)
),

paid as (
    select
        action_no,
        sum(case when paid_at <= acted_at and settled_on <= cast(acted_at as date) then allocated_cny else 0 end) as paid_before_cny,
        sum(case when paid_at > acted_at
            and {{ dbt.datediff('acted_at', 'paid_at', 'day') }} <= 7 then allocated_cny else 0 end) as paid_7d_cny,
        sum(case when paid_at > acted_at
            and {{ dbt.datediff('acted_at', 'paid_at', 'day') }} <= 30 then allocated_cny else 0 end) as paid_30d_cny,
        min(case when paid_at > acted_at and allocated_cny > 0 then paid_at end) as first_paid_at
    from money
    group by action_no
),

-- What the account had been billed by then and owed still, or the bill alone.
billed as (
    select
        steps.action_no,
        sum(bills.amount_due_cny) as billed_cny,
        min(case when steps.bill_no is not null then bills.due_on end) as due_on
    from steps
    inner join {{ ref('stg_billing__bills') }} as bills
        on
            steps.account_no = bills.account_no
            and (steps.bill_no = bills.bill_no or (steps.bill_no is null and bills.issued_on <= cast(steps.acted_at as date)))
    group by steps.action_no
),

followed as (
    select
        steps.*,
        billed.due_on,
        billed.billed_cny - coalesce(paid.paid_before_cny, 0) as open_cny,
        coalesce(paid.paid_7d_cny, 0) as paid_7d_cny,
        coalesce(paid.paid_30d_cny, 0) as paid_30d_cny,
        paid.first_paid_at,
        {{ dbt.datediff('steps.acted_at', 'dates.run_day', 'day') }} as days_since
    from steps
    left join billed on steps.action_no = billed.action_no
    left join paid on steps.action_no = paid.action_no
    cross join (select max(day) as run_day from {{ ref('dim_date') }}) as dates
)

select
    action_no,
    account_no,
    bill_no,
    kind,
    outcome,
    acted_at,
    cast({{ dbt.datediff('due_on', 'acted_at', 'day') }} as integer) as days_past_due,
    cast(open_cny as decimal(18, 2)) as open_cny,
    cast(paid_7d_cny as decimal(18, 2)) as paid_7d_cny,
    cast(paid_30d_cny as decimal(18, 2)) as paid_30d_cny,
    -- Before the days are over, only a success is known.
    case when paid_7d_cny > 0 then true when days_since >= 7 then false end as is_paid_7d,
    case when paid_30d_cny > 0 then true when days_since >= 30 then false end as is_paid_30d,
    first_paid_at,
    cast({{ dbt.datediff('acted_at', 'first_paid_at', 'day') }} as integer) as days_to_payment,
    next_kind,
    next_acted_at
from followed
