{# Reports with fewer checks than seed report_figure has figures: a figure added to one and not to the other. #}
{% test checks_every_figure(model) %}
    select reports.org_code, reports.month, count(checks.figure) as figures
    from {{ ref('stg_reports__branch_months') }} as reports
    left join {{ model }} as checks on reports.org_code = checks.org_code and reports.month = checks.month
    group by reports.org_code, reports.month
    having count(checks.figure) <> (select count(*) from {{ ref('report_figure') }})
{% endtest %}
