-- fct_application: one row per connection application (业扩), with how far it has come.
with stages as (
    select
        application_no,
        count(*) as stages_begun,
        cast(sum(case when is_open then 0 else 1 end) as bigint) as stages_finished,
        cast(sum(working_days) as bigint) as working_days,
        cast(sum(coalesce(customer_wait_days, 0)) as bigint) as customer_wait_days,
        max(case when stage = 'energised' then finished_at end) as energised_at,
        max(started_at) as last_started_at,
        max(case when is_overdue then 1 else 0 end) as has_overdue
    from {{ ref('fct_application_stage') }}
    group by application_no
),

latest as (
    select
        stages.application_no,
        min(steps.stage) as stage
    from stages
    inner join {{ ref('fct_application_stage') }} as steps
        on stages.application_no = steps.application_no and stages.last_started_at = steps.started_at
    group by stages.application_no
)

select
    applications.application_no,
    applications.account_no,
    applications.customer_no,
    applications.kind,
    applications.district_code,
    applications.channel,
    applications.requested_kva,
    applications.submitted_at,
    latest.stage as current_stage,
    stages.energised_at,
    stages.energised_at is not null as is_finished,
    coalesce(stages.stages_finished, 0) as stages_finished,
    stages.working_days,
    stages.customer_wait_days,
    applications.is_high_voltage,
    case
        -- Low voltage has one clock for the whole connection.
        when applications.is_high_voltage then coalesce(stages.has_overdue, 0) = 1
        else stages.working_days > limits.working_days
    end as is_overdue
from {{ ref('int_connection__application') }} as applications
left join stages on applications.application_no = stages.application_no
left join latest on applications.application_no = latest.application_no
left join {{ ref('connection_sla') }} as limits on limits.stage = 'all' and applications.clock = limits.voltage
