-- int_reconciliation__report: one row per report and unit whose accounts it covers: the reporting unit itself and all below it.
-- A branch has at most four levels (province, city, county, station).
with units as (
    select
        station.org_code,
        station.org_code as unit_0,
        station.parent_org_code as unit_1,
        county.parent_org_code as unit_2,
        city.parent_org_code as unit_3
    from {{ ref('dim_org') }} as station
    left join {{ ref('dim_org') }} as county on station.parent_org_code = county.org_code
    left join {{ ref('dim_org') }} as city on county.parent_org_code = city.org_code
),

covered as (
    {% for level in range(4) %}
    select unit_{{ level }} as report_org_code, org_code from units where unit_{{ level }} is not null
    {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    reports.org_code as report_org_code,
    covered.org_code,
    reports.month,
    reports.load_date as reported_on
from {{ ref('stg_reports__branch_months') }} as reports
inner join covered on reports.org_code = covered.report_org_code
