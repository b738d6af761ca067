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
    figures.label_en || ' of ' || coalesce(orgs.org_name, checks.org_code) || ', ' || cast(checks.month as varchar)
    || ': reported ' || coalesce(cast(checks.reported as varchar), 'nothing')
    || ', computed ' || cast(checks.computed as varchar) || ' ' || figures.unit || '. ' || causes.label_en || '.' as message_en,
    coalesce(orgs.org_name, checks.org_code) || ' ' || cast(checks.month as varchar) || ' ' || figures.label_zh
    || '：上报 ' || coalesce(cast(checks.reported as varchar), '无')
    || '，核算 ' || cast(checks.computed as varchar) || '。' || causes.label_zh || '。' as message_zh
from {{ ref('fct_report_check') }} as checks
inner join {{ ref('report_figure') }} as figures on checks.figure = figures.figure
inner join {{ ref('difference_cause') }} as causes on causes.topic = 'report' and checks.cause = causes.cause
left join {{ ref('dim_org') }} as orgs on checks.org_code = orgs.org_code
where checks.status = 'open'
