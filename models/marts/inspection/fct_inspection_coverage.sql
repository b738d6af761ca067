-- fct_inspection_coverage: one row per account that is not closed: its last inspection, and whether one is due.
with inspected as (
    select
        account_no,
        count(*) as inspections,
        cast(sum(case when is_hit then 1 else 0 end) as bigint) as hits,
        cast(max(inspected_at) as date) as last_inspected_on
    from {{ ref('fct_inspection') }}
    group by account_no
),

latest as (
    select
        account_no,
        kind,
        finding,
        row_number() over (partition by account_no order by inspected_at desc, inspection_no desc) as place
    from {{ ref('fct_inspection') }}
),

accounts as (
    select
        accounts.account_no,
        accounts.org_code,
        accounts.category,
        accounts.opened_on,
        cycles.cycle_months,
        row_number() over (
            -- A rule for the category goes before one for all.
            partition by accounts.account_no order by case when cycles.category = '*' then 1 else 0 end
        ) as place
    from {{ ref('dim_account') }} as accounts
    left join {{ ref('inspection_cycle') }} as cycles
        on
            cycles.category in (accounts.category, '*')
            and accounts.voltage_kv >= cycles.from_kv
            and (cycles.below_kv is null or accounts.voltage_kv < cycles.below_kv)
    where accounts.closed_on is null or accounts.closed_on > {{ as_of_day() }}
)

select
    accounts.account_no,
    accounts.org_code,
    accounts.category,
    coalesce(inspected.inspections, 0) as inspections,
    coalesce(inspected.hits, 0) as hits,
    inspected.last_inspected_on,
    latest.kind as last_kind,
    latest.finding as last_finding,
    inspected.account_no is null as is_never_inspected,
    accounts.cycle_months,
    cast(
        {{ dbt.dateadd('month', 'accounts.cycle_months', 'coalesce(inspected.last_inspected_on, accounts.opened_on)') }} as date
    ) as due_on,
    -- Neither an inspection nor a first day: due for all that is known.
    coalesce(
        {{ dbt.dateadd('month', 'accounts.cycle_months', 'coalesce(inspected.last_inspected_on, accounts.opened_on)') }}
        <= {{ as_of_day() }},
        accounts.cycle_months is not null
    ) as is_due
from accounts
left join inspected on accounts.account_no = inspected.account_no
left join latest on accounts.account_no = latest.account_no and latest.place = 1
where accounts.place = 1
