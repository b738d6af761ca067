-- int_connection__finish_forecast: one row per application under way with a stage begun: when those like it were finished.
-- Like it are finished ones of the same stage and voltage, at first of the same kind, that took longer from that stage's start to
-- the end than this one has taken so far: what has waited for weeks is not done on the day after the median.
with stages as (
    select
        stages.application_no,
        stages.kind,
        stages.is_high_voltage,
        stages.stage,
        cast(stages.started_at as date) as started_on,
        max(case when stages.stage = 'energised' then cast(stages.finished_at as date) end) over (
            partition by stages.application_no
        ) as finished_on,
        row_number() over (
            partition by stages.application_no order by stages.started_at desc, steps.step desc
        ) as place
    from {{ ref('fct_application_stage') }} as stages
    inner join {{ ref('connection_stage') }} as steps on stages.stage = steps.stage
),

finished as (
    select
        kind,
        is_high_voltage,
        stage,
        {{ dbt.datediff('started_on', 'finished_on', 'day') }} as days
    from stages
    where finished_on is not null
),

under_way as (
    select
        stages.application_no,
        stages.kind,
        stages.is_high_voltage,
        stages.stage,
        stages.started_on,
        {{ dbt.datediff('stages.started_on', 'latest.day', 'day') }} as days
    from stages
    cross join (select max(day) as day from {{ ref('int_connection__workday') }}) as latest
    where stages.finished_on is null and stages.place = 1
),

alike as (
    select
        under_way.application_no,
        under_way.started_on,
        finished.days,
        case when under_way.kind = finished.kind then finished.days end as same_kind_days
    from under_way
    inner join finished
        on
            under_way.stage = finished.stage
            and under_way.is_high_voltage = finished.is_high_voltage
            and under_way.days < finished.days
),

summed as (
    select
        application_no,
        started_on,
        count(same_kind_days) >= {{ threshold('forecast_min_finished') }} as is_same_kind,
        case
            when count(same_kind_days) >= {{ threshold('forecast_min_finished') }} then count(same_kind_days) else count(*)
        end as applications,
        case
            when count(same_kind_days) >= {{ threshold('forecast_min_finished') }} then median(same_kind_days) else median(days)
        end as median_days,
        case
            when count(same_kind_days) >= {{ threshold('forecast_min_finished') }}
                then percentile_cont(0.8) within group (order by same_kind_days)
            else percentile_cont(0.8) within group (order by days)
        end as late_days
    from alike
    group by application_no, started_on
)

select
    application_no,
    is_same_kind,
    applications,
    cast({{ dbt.dateadd('day', 'cast(ceil(median_days) as integer)', 'started_on') }} as date) as expected_finish_on,
    cast({{ dbt.dateadd('day', 'cast(ceil(late_days) as integer)', 'started_on') }} as date) as late_finish_on
from summed
where applications >= {{ threshold('forecast_min_finished') }}
