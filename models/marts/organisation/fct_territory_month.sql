-- fct_territory_month: one row per organisational unit and complete month: what it and the units below it look after.
with members as (
    select
        org_code,
        org_code as member_code
    from {{ ref('dim_org') }}
    {% for depth in range(1, 4) %}
    -- The tree is province, city, county, station: at most three steps down.
    union all
    select
        unit_0.org_code,
        unit_{{ depth }}.org_code as member_code
    from {{ ref('dim_org') }} as unit_0
    {%- for step in range(depth) %}
    inner join {{ ref('dim_org') }} as unit_{{ step + 1 }} on unit_{{ step }}.org_code = unit_{{ step + 1 }}.parent_org_code
    {%- endfor %}
    {% endfor %}
),

months as (
    select distinct
        month,
        month_end
    from {{ ref('dim_date') }}
    where month_end <= {{ as_of_day() }}
),

measures as (
    select
        accounts.org_code,
        months.month,
        count(*) as accounts,
        0 as usage_kwh,
        0 as applications,
        0 as work_orders,
        0 as complaints,
        0 as staff
    from {{ ref('dim_account') }} as accounts
    inner join months
        on
            (accounts.opened_on is null or accounts.opened_on <= months.month_end)
            and (accounts.closed_on is null or accounts.closed_on > months.month_end)
    group by accounts.org_code, months.month
    union all
    select
        accounts.org_code,
        used.month,
        0 as accounts,
        sum(used.usage_kwh) as usage_kwh,
        0 as applications,
        0 as work_orders,
        0 as complaints,
        0 as staff
    from {{ ref('fct_account_month') }} as used
    inner join {{ ref('dim_account') }} as accounts on used.account_no = accounts.account_no
    group by accounts.org_code, used.month
    union all
    -- Before it has an account, an application is its office's.
    select
        coalesce(accounts.org_code, applications.org_code) as org_code,
        {{ month_of('applications.submitted_at') }} as month,
        0 as accounts,
        0 as usage_kwh,
        count(*) as applications,
        0 as work_orders,
        0 as complaints,
        0 as staff
    from {{ ref('fct_application') }} as applications
    left join {{ ref('dim_account') }} as accounts on applications.account_no = accounts.account_no
    group by coalesce(accounts.org_code, applications.org_code), {{ month_of('applications.submitted_at') }}
    union all
    select
        accounts.org_code,
        {{ month_of('orders.created_at') }} as month,
        0 as accounts,
        0 as usage_kwh,
        0 as applications,
        count(*) as work_orders,
        sum(case when orders.is_complaint then 1 else 0 end) as complaints,
        0 as staff
    from {{ ref('fct_work_order') }} as orders
    inner join {{ ref('dim_account') }} as accounts on orders.account_no = accounts.account_no
    group by accounts.org_code, {{ month_of('orders.created_at') }}
    union all
    select
        staff.org_code,
        months.month,
        0 as accounts,
        0 as usage_kwh,
        0 as applications,
        0 as work_orders,
        0 as complaints,
        count(*) as staff
    from {{ ref('dim_staff') }} as staff
    inner join months
        on
            (staff.hired_on is null or staff.hired_on <= months.month_end)
            and (staff.left_on is null or staff.left_on > months.month_end)
    group by staff.org_code, months.month
)

select
    members.org_code,
    months.month,
    cast(coalesce(sum(measures.accounts), 0) as bigint) as accounts,
    cast(coalesce(sum(measures.usage_kwh), 0) as decimal(18, 4)) as usage_kwh,
    cast(coalesce(sum(measures.applications), 0) as bigint) as applications,
    cast(coalesce(sum(measures.work_orders), 0) as bigint) as work_orders,
    cast(coalesce(sum(measures.complaints), 0) as bigint) as complaints,
    cast(coalesce(sum(measures.staff), 0) as bigint) as staff,
    round({{ ratio('coalesce(sum(measures.accounts), 0)', 'sum(measures.staff)') }}, 9) as accounts_per_staff
from members
cross join months
left join measures on members.member_code = measures.org_code and months.month = measures.month
group by members.org_code, months.month
