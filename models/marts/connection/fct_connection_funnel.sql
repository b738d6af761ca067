-- fct_connection_funnel: one row per month of application, kind, voltage and stage to be passed: how many came so far and who dropped out.
with applications as (
    select
        application_no,
        {{ month_of('submitted_at') }} as month,
        kind,
        {{ voltage_class('is_high_voltage') }} as voltage,
        submitted_at,
        -- Nothing begun: the first stage is what they wait for.
        coalesce(current_stage, 'accept') as current_stage,
        is_finished,
        is_lapsed
    from {{ ref('fct_application') }}
),

passed as (
    select
        applications.month,
        applications.kind,
        applications.voltage,
        steps.stage,
        steps.step,
        stages.started_at is not null as is_begun,
        coalesce(not stages.is_open, false) as is_over,
        applications.is_lapsed and applications.current_stage = steps.stage as is_lapsed_here,
        not applications.is_finished and not applications.is_lapsed and applications.current_stage = steps.stage
            as is_here,
        {{ dbt.datediff('applications.submitted_at', 'stages.started_at', 'day') }} as days_to_begin
    from applications
    inner join {{ ref('connection_stage') }} as steps on steps.is_at_low_voltage or applications.voltage = 'high'
    left join {{ ref('fct_application_stage') }} as stages
        on applications.application_no = stages.application_no and steps.stage = stages.stage
)

select
    month,
    kind,
    voltage,
    stage,
    step,
    count(*) as applications,
    cast(sum(case when is_begun then 1 else 0 end) as bigint) as begun,
    cast(sum(case when is_over then 1 else 0 end) as bigint) as finished,
    cast(sum(case when is_here then 1 else 0 end) as bigint) as waiting_here,
    cast(sum(case when is_lapsed_here then 1 else 0 end) as bigint) as lapsed_here,
    round({{ ratio('sum(case when is_begun then 1 else 0 end)', 'count(*)') }}, 9) as begun_share,
    round({{ ratio('sum(case when is_lapsed_here then 1 else 0 end)', 'count(*)') }}, 9) as lapsed_share,
    cast(median(days_to_begin) as double) as median_days_to_begin
from passed
group by month, kind, voltage, stage, step
