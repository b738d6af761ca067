-- fct_recruitment_gap: one row per station and role of seed role_need: staff that its work needs, against staff it has.
with latest as (
    select
        max(day) as day,
        -- Working days of the window that the flows are counted in.
        sum(
            case
                when
                    is_workday
                    and {{ dbt.datediff('day', as_of_day(), 'day') }} < {{ threshold('recruitment_days') }}
                    then 1
                else 0
            end
        ) as working_days
    from {{ ref('dim_date') }}
),

demands as (
    select
        org_code,
        'accounts' as demand,
        count(*) as cases
    from {{ ref('dim_account') }}
    where closed_on is null or closed_on > {{ as_of_day() }}
    group by org_code
    union all
    select
        stages.org_code,
        'stages' as demand,
        count(*) as cases
    from {{ ref('fct_application_stage') }} as stages
    cross join latest
    where {{ dbt.datediff('stages.started_at', 'latest.day', 'day') }} between 0 and {{ threshold('recruitment_days') }} - 1
    group by stages.org_code
    union all
    select
        accounts.org_code,
        'work_orders' as demand,
        count(*) as cases
    from {{ ref('fct_work_order') }} as orders
    inner join {{ ref('dim_account') }} as accounts on orders.account_no = accounts.account_no
    cross join latest
    where {{ dbt.datediff('orders.created_at', 'latest.day', 'day') }} between 0 and {{ threshold('recruitment_days') }} - 1
    group by accounts.org_code
    union all
    -- What the cycles ask for in the same days: a whole number in 720 months, so that the sum is exact.
    select
        org_code,
        'inspections' as demand,
        cast(round(sum(round(720.0 / cycle_months)) * {{ threshold('recruitment_days') }} / (720 * 30)) as bigint) as cases
    from {{ ref('fct_inspection_coverage') }}
    group by org_code
),

needs as (
    select
        units.org_code,
        roles.role_code,
        roles.demand,
        roles.min_staff,
        coalesce(demands.cases, 0) as cases,
        case when roles.demand = 'accounts' then 1 else latest.working_days end as over_days,
        roles.units_per_staff * roles.utilisation_share as per_staff
    from {{ ref('dim_org') }} as units
    cross join {{ ref('role_need') }} as roles
    cross join latest
    left join demands on units.org_code = demands.org_code and roles.demand = demands.demand
    where units.kind = 'station'
),

counted as (
    select
        org_code,
        role_code,
        count(*) as staff
    from {{ ref('dim_staff') }}
    where is_active
    group by org_code, role_code
)

select
    needs.org_code,
    needs.role_code,
    needs.demand,
    needs.cases,
    cast(needs.over_days as integer) as over_days,
    round({{ ratio('needs.cases', 'needs.over_days * needs.per_staff') }}, 9) as staff_for_work,
    greatest(
        cast(ceil(coalesce({{ ratio('needs.cases', 'needs.over_days * needs.per_staff') }}, 0)) as integer), needs.min_staff
    ) as staff_needed,
    cast(coalesce(counted.staff, 0) as integer) as staff,
    greatest(
        cast(ceil(coalesce({{ ratio('needs.cases', 'needs.over_days * needs.per_staff') }}, 0)) as integer), needs.min_staff
    ) - cast(coalesce(counted.staff, 0) as integer) as staff_gap
from needs
left join counted on needs.org_code = counted.org_code and needs.role_code = counted.role_code
