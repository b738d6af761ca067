-- anomaly_case: one row per account and kind of case at the run's date: since when, what may be behind it, whom to inspect first.
{% set causes = ['theft_scaled', 'theft_night', 'theft_phase', 'meter_fault', 'clock_fault', 'collection_gap', 'vacancy', 'tariff_misuse',
    'over_capacity', 'pump_leak'] %}
select
    scored.account_no,
    scored.case_kind,
    accounts.customer_id,
    accounts.org_code,
    meters.transformer_no,
    scored.started_on,
    scored.ended_on,
    cast(scored.affected_reads as integer) as affected_reads,
    cast(scored.unread_days as integer) as unread_days,
    scored.cause,
    causes.label_en as cause_label_en,
    causes.label_zh as cause_label_zh,
    causes.family as cause_family,
    scored.cause_probability,
    {% for cause in causes %}
    scored.probability_{{ cause }},
    {% endfor %}
    scored.probability_none,
    scored.visit_probability,
    scored.expected_kwh_per_day,
    scored.measured_kwh_per_day,
    scored.difference_kwh,
    scored.expected_recovered_kwh,
    scored.transformer_excess_loss_kwh_per_day,
    scored.peers_change,
    scored.meter_event_code,
    scored.inspected_on,
    scored.inspection_finding,
    cast(scored.rank as integer) as rank,
    causes.action_en,
    causes.action_zh,
    {% for number in range(1, 5) %}
    scored.evidence_{{ number }}_en,
    scored.evidence_{{ number }}_zh,
    {% endfor %}
    scored.model_version,
    scored.as_of_date
from {{ source('scores', 'anomaly') }} as scored
inner join {{ ref('anomaly_cause') }} as causes on scored.cause = causes.cause
left join {{ ref('account_360') }} as accounts on scored.account_no = accounts.account_no
left join (
    select
        account_no,
        max(transformer_no) as transformer_no
    from {{ ref('dim_meter') }}
    where removed_on is null or removed_on > {{ as_of_date() }}
    group by account_no
) as meters on scored.account_no = meters.account_no
where scored.as_of_date = {{ as_of_date() }}
