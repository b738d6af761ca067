-- int_activity__event: one row per account, thing that happened to it or that it did, and version, with the days it was known.
-- The one home of what counts as an event: a feature over months is a line in int_activity__account_window.
{% set plain = [
    ('process', 'applications', "'application_' || versions.kind", 'versions.submitted_at', 'null'),
    ('process', 'inspections', "case when versions.finding = 'none' then 'inspection' else 'finding' end",
        'versions.inspected_at', 'versions.recovered_kwh'),
    ('marketing', 'app_events', "'app_' || versions.event_code", 'versions.occurred_at', 'null'),
    ('marketing', 'enrolments', "'enrolment'", 'versions.start_on', 'null'),
    ('marketing', 'surveys', "'survey'", 'versions.answered_at', 'versions.score'),
    ('billing', 'collection_actions', "'collection_' || versions.kind", 'versions.acted_at', 'null'),
    ('marketing', 'touches', "'touch_' || versions.channel", "case when versions.arm = 'treated' then versions.sent_at end", 'null'),
    ('process', 'work_orders', "case when versions.category_1 = '投诉' then 'complaint' else 'order' end",
        'versions.created_at', dbt.datediff('versions.created_at', 'versions.closed_at', 'minute') ~ ' / 60.0'),
    ('process', 'work_orders', "'rating'", 'case when versions.satisfaction is not null then versions.closed_at end',
        'versions.satisfaction')
] %}
with responses as (
    {{ known_versions('marketing', 'responses') }}
),

touches as (
    {{ known_versions('marketing', 'touches') }}
),

meter_events as (
    {{ known_versions('ami', 'meter_events') }}
),

outages as (
    {{ known_versions('grid', 'outages') }}
),

transformers as (
    {{ known_versions('grid', 'transformers') }}
),

-- An outage that names a transformer is of it alone, whatever feeder it names.
cut_transformers as (
    select
        outages.outage_no,
        outages.transformer_no,
        outages.kind,
        outages.started_at,
        outages.ended_at,
        outages.known_from,
        outages.known_until
    from outages
    where outages.transformer_no is not null
    union all
    select
        outages.outage_no,
        transformers.transformer_no,
        outages.kind,
        outages.started_at,
        outages.ended_at,
        greatest(outages.known_from, transformers.known_from) as known_from,
        {{ earlier('outages.known_until', 'transformers.known_until') }} as known_until
    from outages
    inner join transformers on outages.feeder_no = transformers.feeder_no
    where outages.transformer_no is null
),

events as (
    {% for source_name, entity, code, moment, value in plain %}
    select
        versions.account_no,
        {{ code }} as code,
        cast({{ moment }} as date) as happened_on,
        cast({{ value }} as decimal(18, 2)) as value,
        versions.known_from,
        versions.known_until
    from ({{ known_versions(source_name, entity) }}) as versions
    union all
    {% endfor %}
    -- A response is of the account that was spoken to.
    select
        touches.account_no,
        'response_' || responses.outcome as code,
        cast(responses.responded_at as date) as happened_on,
        cast(null as decimal(18, 2)) as value,
        greatest(responses.known_from, touches.known_from) as known_from,
        {{ earlier('responses.known_until', 'touches.known_until') }} as known_until
    from responses
    inner join touches on responses.touch_no = touches.touch_no
    union all
    -- Covers, phases and registers that report themselves: what tampering leaves, among much else.
    select
        meters.account_no,
        case when meter_events.event_code like 'E02%' or meter_events.event_code like 'E03%' or meter_events.event_code like 'E04%'
            then 'meter_tamper' else 'meter_other' end as code,
        cast(meter_events.started_at as date) as happened_on,
        cast(null as decimal(18, 2)) as value,
        greatest(meter_events.known_from, meters.known_from) as known_from,
        meter_events.known_until
    from meter_events
    inner join {{ ref('int_core__meter_version') }} as meters
        on meter_events.meter_no = meters.meter_no and {{ known_at('meters', 'meter_events.started_at') }}
    union all
    select
        meters.account_no,
        case when cut_transformers.kind = 'planned' then 'planned_outage' else 'outage' end as code,
        cast(cut_transformers.started_at as date) as happened_on,
        cast({{ dbt.datediff('cut_transformers.started_at', 'cut_transformers.ended_at', 'minute') }} as decimal(18, 2)) as value,
        greatest(cut_transformers.known_from, meters.known_from) as known_from,
        cut_transformers.known_until
    from cut_transformers
    inner join {{ ref('int_core__meter_version') }} as meters
        on
            cut_transformers.transformer_no = meters.transformer_no
            and {{ known_at('meters', 'cut_transformers.started_at') }}
    where
        (meters.installed_on is null or meters.installed_on <= cast(cut_transformers.started_at as date))
        and (meters.removed_on is null or meters.removed_on > cast(cut_transformers.started_at as date))
)

select
    account_no,
    code,
    happened_on,
    {{ month_of('happened_on') }} as happened_month,
    value,
    -- Known from the day its record landed, and of no use before it happened.
    greatest(known_from, happened_on) as known_from,
    known_until
from events
where
    account_no is not null
    and happened_on is not null
    and (known_until is null or greatest(known_from, happened_on) < known_until)
