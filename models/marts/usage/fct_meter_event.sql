-- fct_meter_event: one row per meter, event and start: what meters report of themselves.
select
    events.meter_no,
    events.event_code,
    events.started_at,
    meters.account_no,
    events.ended_at
from {{ ref('stg_ami__meter_events') }} as events
left join {{ ref('dim_meter') }} as meters on events.meter_no = meters.meter_no
