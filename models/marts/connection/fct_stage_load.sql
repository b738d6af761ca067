-- fct_stage_load: one row per office, stage, voltage and month in which a stage was begun, under way or finished there.
with months as (
    select
        month,
        max(day) as last_day
    from {{ ref('dim_date') }}
    group by month
),

stages as (
    select
        coalesce(org_code, 'unknown') as org_code,
        stage,
        {{ voltage_class('is_high_voltage') }} as voltage,
        cast(started_at as date) as started_on,
        cast(finished_at as date) as finished_on,
        working_days,
        sla_working_days,
        is_overdue
    from {{ ref('fct_application_stage') }}
),

stage_months as (
    select
        stages.org_code,
        stages.stage,
        stages.voltage,
        months.month,
        {{ month_of('stages.started_on') }} = months.month as is_begun,
        case when stages.finished_on <= months.last_day then stages.working_days end as working_days,
        case when stages.finished_on <= months.last_day then stages.is_overdue end as is_overdue,
        -- Who dropped out keeps nobody busy.
        (stages.finished_on is null or stages.finished_on > months.last_day)
        and {{ dbt.datediff('stages.started_on', 'months.last_day', 'day') }} <= {{ threshold('application_lapsed_days') }}
            as is_open,
        ended.workday_no - started.workday_no as elapsed,
        stages.sla_working_days
    from stages
    inner join months
        on
            months.last_day >= stages.started_on
            and (stages.finished_on is null or months.month <= stages.finished_on)
    left join {{ ref('int_connection__workday') }} as started on stages.started_on = started.day
    left join {{ ref('int_connection__workday') }} as ended on months.last_day = ended.day
),

summed as (
    select
        org_code,
        stage,
        voltage,
        month,
        cast(sum(case when is_begun then 1 else 0 end) as bigint) as begun,
        count(working_days) as finished,
        cast(sum(case when is_open then 1 else 0 end) as bigint) as open_at_end,
        cast(sum(case when is_open and elapsed > sla_working_days then 1 else 0 end) as bigint) as open_overdue,
        cast(sum(
            case when is_open and elapsed between sla_working_days - 1 and sla_working_days then 1 else 0 end
        ) as bigint) as open_about_to_be_overdue,
        cast(sum(working_days) as bigint) as working_days,
        cast(median(working_days) as double) as median_working_days,
        count(is_overdue) as finished_with_clock,
        cast(sum(case when is_overdue then 1 else 0 end) as bigint) as finished_overdue
    from stage_months
    group by org_code, stage, voltage, month
),

-- What the other offices needed for the same in the same month.
branch as (
    select
        stage,
        voltage,
        month,
        sum(finished) as finished,
        sum(working_days) as working_days
    from summed
    group by stage, voltage, month
)

select
    summed.org_code,
    summed.stage,
    summed.voltage,
    summed.month,
    summed.begun,
    summed.finished,
    summed.open_at_end,
    summed.open_overdue,
    summed.open_about_to_be_overdue,
    summed.working_days,
    round({{ ratio('summed.working_days', 'summed.finished') }}, 9) as mean_working_days,
    summed.median_working_days,
    summed.finished_overdue,
    round({{ ratio('summed.finished_overdue', 'summed.finished_with_clock') }}, 9) as overdue_share,
    round(
        {{ ratio('branch.working_days - coalesce(summed.working_days, 0)', 'branch.finished - summed.finished') }}, 9
    ) as others_mean_working_days,
    summed.finished >= {{ threshold('bottleneck_min_finished') }}
    and (
        coalesce(
            summed.finished_overdue > {{ threshold('bottleneck_overdue_share') }} * summed.finished_with_clock, false
        )
        or coalesce(
            summed.working_days * (branch.finished - summed.finished)
            > {{ threshold('bottleneck_factor') }} * (branch.working_days - summed.working_days) * summed.finished,
            false
        )
    ) as is_bottleneck
from summed
inner join branch
    on summed.stage = branch.stage and summed.voltage = branch.voltage and summed.month = branch.month
where summed.begun + summed.finished + summed.open_at_end > 0
