-- fct_application_stage: one row per application and stage, with its clock in working days.
-- The clock runs from the stage's start: between two stages the branch waits for the customer.
with stages as (
    select
        stages.application_no,
        stages.stage,
        applications.kind,
        applications.is_high_voltage,
        stages.staff_no,
        stages.started_at,
        stages.finished_at,
        started.workday_no as started_no,
        coalesce(finished.workday_no, latest.workday_no) as finished_no,
        lag(stages.finished_at) over (
            partition by stages.application_no order by stages.started_at
        ) as before_finished_at
    from {{ ref('stg_process__application_stages') }} as stages
    left join {{ ref('int_connection__application') }} as applications
        on stages.application_no = applications.application_no
    left join {{ ref('int_connection__workday') }} as started on cast(stages.started_at as date) = started.day
    left join {{ ref('int_connection__workday') }} as finished on cast(stages.finished_at as date) = finished.day
    cross join (select max(workday_no) as workday_no from {{ ref('int_connection__workday') }}) as latest
)

select
    stages.application_no,
    stages.stage,
    stages.kind,
    stages.is_high_voltage,
    stages.staff_no,
    stages.started_at,
    stages.finished_at,
    stages.finished_at is null as is_open,
    cast(stages.finished_no - stages.started_no as integer) as working_days,
    {{ dbt.datediff('stages.before_finished_at', 'stages.started_at', 'day') }} as customer_wait_days,
    cast(limits.working_days as integer) as sla_working_days,
    stages.finished_no - stages.started_no > limits.working_days as is_overdue,
    stages.finished_at is null
    and stages.finished_no - stages.started_no between limits.working_days - 1 and limits.working_days
        as is_about_to_be_overdue
from stages
left join {{ ref('connection_sla') }} as limits
    on
        stages.stage = limits.stage
        and stages.is_high_voltage
        and limits.voltage = 'high'
