-- fct_application_stage: one row per application and stage, with its clock in working days.
-- The clock runs from a stage's start to its end. No source tells how long the customer kept the branch waiting; what is
-- known is that no stage runs between the end of all stages before and the start of the next, so that time is the customer's.
with stages as (
    select
        stages.application_no,
        stages.stage,
        applications.kind,
        applications.is_high_voltage,
        stages.staff_no,
        staff.org_code,
        stages.started_at,
        stages.finished_at,
        started.workday_no as started_no,
        coalesce(finished.workday_no, latest.workday_no) as finished_no,
        max(stages.finished_at) over (
            partition by stages.application_no order by stages.started_at, steps.step
            rows between unbounded preceding and 1 preceding
        ) as before_finished_at
    from {{ ref('stg_process__application_stages') }} as stages
    left join {{ ref('connection_stage') }} as steps on stages.stage = steps.stage
    left join {{ ref('int_connection__application') }} as applications
        on stages.application_no = applications.application_no
    left join {{ ref('dim_staff') }} as staff on stages.staff_no = staff.staff_no
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
    stages.org_code,
    stages.started_at,
    stages.finished_at,
    stages.finished_at is null as is_open,
    cast(stages.finished_no - stages.started_no as integer) as working_days,
    -- Stages side by side: nobody waits.
    case
        when stages.before_finished_at is not null
            then greatest({{ dbt.datediff('stages.before_finished_at', 'stages.started_at', 'day') }}, 0)
    end as customer_wait_days,
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
