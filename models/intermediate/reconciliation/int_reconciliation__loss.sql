-- int_reconciliation__loss: one row per report: energy supplied and sold by its transformers, as known now and on the report's day.
with days as (
    {{ known_versions('grid', 'transformer_days') }}
),

versions as (
    select
        reports.report_org_code,
        reports.month,
        days.kwh_supplied as supplied_kwh,
        days.kwh_sold as sold_kwh,
        days.known_until is null as is_now,
        days.known_from <= reports.reported_on
        and (days.known_until is null or days.known_until > reports.reported_on) as is_then
    from days
    inner join {{ ref('dim_transformer') }} as transformers on days.transformer_no = transformers.transformer_no
    inner join {{ ref('int_reconciliation__report') }} as reports
        on transformers.org_code = reports.org_code and {{ month_of('days.day') }} = reports.month
)

select
    report_org_code,
    month,
    {% for moment in ['now', 'then'] %}
    count(case when is_{{ moment }} then 1 end) as days_{{ moment }},
    sum(case when is_{{ moment }} then supplied_kwh end) as supplied_kwh_{{ moment }},
    sum(case when is_{{ moment }} then sold_kwh end) as sold_kwh_{{ moment }}{{ "," if not loop.last }}
    {% endfor %}
from versions
group by report_org_code, month
