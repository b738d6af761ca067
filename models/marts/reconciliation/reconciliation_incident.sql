-- reconciliation_incident: one row per reported figure with an open difference: whom it concerns and what to ask.
select
    checks.org_code,
    checks.month,
    checks.figure,
    checks.reported_on as opened_on,
    checks.owner,
    checks.cause,
    checks.reported,
    checks.computed,
    checks.difference,
    figures.label_en || ' of ' || coalesce(orgs.org_name, checks.org_code) || ', ' || cast(checks.month as {{ dbt.type_string() }})
    || ': reported ' || coalesce(cast(checks.reported as {{ dbt.type_string() }}), 'nothing')
    || ', computed ' || cast(checks.computed as {{ dbt.type_string() }}) || ' ' || figures.unit || '. ' || causes.label_en || '.' as message_en,
    coalesce(orgs.org_name, checks.org_code) || ' ' || cast(checks.month as {{ dbt.type_string() }}) || ' ' || figures.label_zh
    || '：上报 ' || coalesce(cast(checks.reported as {{ dbt.type_string() }}), '无')
    || '，核算 ' || cast(checks.computed as {{ dbt.type_string() }}) || '。' || causes.label_zh || '。' as message_zh
from {{ ref('fct_report_check') }} as checks
inner join {{ ref('report_figure') }} as figures on checks.figure = figures.figure
inner join {{ ref('difference_cause') }} as causes on causes.topic = 'report' and checks.cause = causes.cause
left join {{ ref('dim_org') }} as orgs on checks.org_code = orgs.org_code
where checks.status = 'open'
