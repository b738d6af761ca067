-- fct_application: one row per connection application (业扩), with how far it has come.
with stages as (
    select
        application_no,
        cast(sum(case when is_open then 0 else 1 end) as bigint) as stages_finished,
        cast(sum(working_days) as bigint) as working_days,
        cast(sum(coalesce(customer_wait_days, 0)) as bigint) as customer_wait_days,
        max(case when stage = 'energised' then finished_at end) as energised_at,
        cast(max(greatest(started_at, coalesce(finished_at, started_at))) as date) as last_activity_on,
        max(case when is_overdue then 1 else 0 end) as has_overdue,
        max(case when is_about_to_be_overdue then 1 else 0 end) as has_nearly_overdue
    from {{ ref('fct_application_stage') }}
    group by application_no
),

placed as (
    select
        stages.application_no,
        stages.stage,
        stages.org_code,
        row_number() over (partition by stages.application_no order by stages.started_at desc, steps.step desc) as place
    from {{ ref('fct_application_stage') }} as stages
    left join {{ ref('connection_stage') }} as steps on stages.stage = steps.stage
),

judged as (
    select
        applications.*,
        stages.energised_at,
        coalesce(stages.stages_finished, 0) as stages_finished,
        stages.working_days,
        stages.customer_wait_days,
        coalesce(stages.last_activity_on, cast(applications.submitted_at as date)) as last_activity_on,
        case
            -- Low voltage has one clock for the whole connection.
            when applications.is_high_voltage then coalesce(stages.has_overdue, 0) = 1
            else stages.working_days > limits.working_days
        end as is_overdue,
        case
            when stages.energised_at is not null then false
            when applications.is_high_voltage then coalesce(stages.has_nearly_overdue, 0) = 1
            else stages.working_days between limits.working_days - 1 and limits.working_days
        end as is_about_to_be_overdue
    from {{ ref('int_connection__application') }} as applications
    left join stages on applications.application_no = stages.application_no
    left join {{ ref('connection_sla') }} as limits on limits.stage = 'all' and applications.clock = limits.voltage
),

closed as (
    select
        judged.*,
        judged.energised_at is null
        and {{ dbt.datediff('judged.last_activity_on', 'latest.day', 'day') }} > {{ threshold('application_lapsed_days') }}
            as is_lapsed
    from judged
    cross join (select max(day) as day from {{ ref('int_connection__workday') }}) as latest
)

select
    closed.application_no,
    closed.account_no,
    closed.customer_no,
    placed.org_code,
    closed.kind,
    closed.district_code,
    closed.channel,
    closed.requested_kva,
    closed.submitted_at,
    placed.stage as current_stage,
    closed.last_activity_on,
    closed.energised_at,
    closed.energised_at is not null as is_finished,
    closed.is_lapsed,
    closed.stages_finished,
    closed.working_days,
    closed.customer_wait_days,
    closed.is_high_voltage,
    closed.is_overdue,
    closed.is_about_to_be_overdue and not closed.is_lapsed as is_about_to_be_overdue,
    case when not closed.is_lapsed then forecast.expected_finish_on end as expected_finish_on,
    case when not closed.is_lapsed then forecast.late_finish_on end as late_finish_on
from closed
left join placed on closed.application_no = placed.application_no and placed.place = 1
left join {{ ref('int_connection__finish_forecast') }} as forecast on closed.application_no = forecast.application_no
