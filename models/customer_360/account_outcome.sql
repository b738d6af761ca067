-- account_outcome: one row per account and complete month at whose end it was open: what happened in the 90 days after, for models to learn.
-- Looks ahead of its month on purpose: a label, never a feature. A view: only training reads it, once a month.
{{ config(materialized=published_view()) }}
{% set days = threshold('outcome_days') %}
{% set kinds = ['leaves', 'goes_silent', 'closes', 'suspends', 'reduces'] %}
with dates as (
    select
        max(day) as run_day,
        (select max(last_read_on) from {{ ref('dim_account') }}) as newest_read_on,
        (select max(billing_month) from {{ ref('fct_bill') }}) as newest_billing_month
    from {{ ref('dim_date') }}
),

open_months as (
    select
        months.account_no,
        months.month,
        months.month_end,
        {{ days }} as outcome_days,
        {{ threshold('arrears_days') }} as arrears_days,
        {{ dbt.datediff('months.month_end', 'dates.run_day', 'day') }} > {{ days }} as is_known,
        {{ dbt.datediff('months.month_end', 'dates.run_day', 'day') }} > {{ days }} + {{ threshold('silent_confirm_days') }} as is_silence_known
    from {{ ref('account_month') }} as months
    cross join dates
    where not months.is_closed
),

billed as (
    select account_no, max(billing_month) as last_billing_month
    from {{ ref('fct_bill') }}
    group by account_no
),

-- A bill that was still open on the last day on which it was not yet arrears.
arrears as (
    select account_no, due_on, amount_due_cny
    from {{ ref('fct_bill') }}
    where settled_on is null or {{ dbt.datediff('due_on', 'settled_on', 'day') }} > {{ threshold('arrears_days') }}
),

fallen as (
    select
        open_months.account_no,
        open_months.month,
        sum(arrears.amount_due_cny) as arrears_billed_cny
    from open_months
    inner join arrears
        on
            open_months.account_no = arrears.account_no
            and {{ dbt.datediff('open_months.month_end', 'arrears.due_on', 'day') }} + open_months.arrears_days
            between 1 and open_months.outcome_days
    group by open_months.account_no, open_months.month
),

told as (
    select
        account_no,
        recorded_from,
        status,
        supply_mode,
        contract_capacity_kva,
        lag(status) over (partition by account_no order by version_no) as status_before,
        lag(supply_mode) over (partition by account_no order by version_no) as supply_mode_before,
        lag(contract_capacity_kva) over (partition by account_no order by version_no) as capacity_before_kva,
        version_no
    from {{ ref('dim_account_history') }}
),

happened as (
    select account_no, recorded_from as happened_on, 'leaves' as kind
    from told
    where supply_mode_before = 'retail_market' and supply_mode <> 'retail_market'
    union all
    select account_no, recorded_from as happened_on, 'suspends' as kind
    from told
    where version_no > 1 and status = 'suspended' and coalesce(status_before, '') <> 'suspended'
    union all
    select account_no, recorded_from as happened_on, 'reduces' as kind
    from told
    where contract_capacity_kva < capacity_before_kva
    union all
    select account_no, closed_on as happened_on, 'closes' as kind
    from {{ ref('dim_account') }}
    where closed_on is not null
    union all
    -- Nobody gave notice: no read for long, while others are read, and no bill since. A meter that only cannot be reached is billed on.
    select accounts.account_no, accounts.last_read_on as happened_on, 'goes_silent' as kind
    from {{ ref('dim_account') }} as accounts
    cross join dates
    left join billed on accounts.account_no = billed.account_no
    where
        accounts.closed_on is null
        and {{ dbt.datediff('accounts.last_read_on', 'dates.newest_read_on', 'day') }} >= {{ threshold('silent_confirm_days') }}
        and coalesce(billed.last_billing_month <= {{ month_of('accounts.last_read_on') }}, true)
        and coalesce(dates.newest_billing_month > {{ month_of('accounts.last_read_on') }}, true)
),

ahead as (
    select
        open_months.account_no,
        open_months.month,
        happened.kind,
        row_number() over (
            partition by open_months.account_no, open_months.month order by happened.happened_on, happened.kind
        ) as place
    from open_months
    inner join happened
        on
            open_months.account_no = happened.account_no
            and {{ dbt.datediff('open_months.month_end', 'happened.happened_on', 'day') }} between 1 and open_months.outcome_days
),

kept as (
    select
        account_no,
        month,
        {% for kind in kinds %}
        max(case when kind = '{{ kind }}' then 1 else 0 end) as {{ kind }},
        {% endfor %}
        max(case when place = 1 then kind end) as first_kind
    from ahead
    group by account_no, month
)

select
    open_months.account_no,
    open_months.month,
    case when open_months.is_known and billed.account_no is not null then fallen.account_no is not null end as arrears_in_90_days,
    cast(
        case when open_months.is_known and billed.account_no is not null then coalesce(fallen.arrears_billed_cny, 0) end as decimal(18, 2)
    ) as arrears_billed_cny,
    {% for kind in kinds %}
    case when open_months.{{ 'is_silence_known' if kind == 'goes_silent' else 'is_known' }} then coalesce(kept.{{ kind }} = 1, false) end
        as {{ kind }}_in_90_days,
    {% endfor %}
    case when open_months.is_silence_known then kept.account_no is not null end as churns_in_90_days,
    case when open_months.is_silence_known then kept.first_kind end as churn_kind
from open_months
left join billed on open_months.account_no = billed.account_no
left join fallen on open_months.account_no = fallen.account_no and open_months.month = fallen.month
left join kept on open_months.account_no = kept.account_no and open_months.month = kept.month
