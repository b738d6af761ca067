-- fct_staff_month: one row per staff member and complete month of employment: what they did, against what they can.
with months as (
    select
        staff.staff_no,
        staff.org_code,
        staff.role_code,
        days.month,
        staff.capacity_per_day,
        cast(sum(case when days.is_workday then 1 else 0 end) as bigint) as working_days
    from {{ ref('dim_staff') }} as staff
    inner join {{ ref('dim_date') }} as days
        on
            (staff.hired_on is null or staff.hired_on <= days.day)
            and (staff.left_on is null or staff.left_on > days.day)
            and days.month_end <= {{ as_of_day() }}
    group by staff.staff_no, staff.org_code, staff.role_code, days.month, staff.capacity_per_day
),

done as (
    select
        staff_no,
        {{ month_of('finished_at') }} as month,
        count(*) as stages_finished,
        sum(working_days) as stage_working_days,
        0 as inspections,
        0 as touches
    from {{ ref('fct_application_stage') }}
    where finished_at is not null
    group by staff_no, {{ month_of('finished_at') }}
    union all
    select
        staff_no,
        month,
        0 as stages_finished,
        0 as stage_working_days,
        count(*) as inspections,
        0 as touches
    from {{ ref('fct_inspection') }}
    group by staff_no, month
    union all
    select
        staff_no,
        {{ month_of('sent_at') }} as month,
        0 as stages_finished,
        0 as stage_working_days,
        0 as inspections,
        count(*) as touches
    from {{ ref('fct_touch') }}
    where arm = 'treated' and sent_at is not null
    group by staff_no, {{ month_of('sent_at') }}
),

-- Open at the month's end, without those whose applicant dropped out.
open_stages as (
    select
        months.staff_no,
        months.month,
        count(*) as stages_open
    from months
    inner join {{ ref('fct_application_stage') }} as stages
        on
            months.staff_no = stages.staff_no
            and cast(stages.started_at as date) <= last_day(months.month)
            and (stages.finished_at is null or cast(stages.finished_at as date) > last_day(months.month))
            and {{ dbt.datediff('stages.started_at', 'last_day(months.month)', 'day') }}
            <= {{ threshold('application_lapsed_days') }}
    group by months.staff_no, months.month
),

summed as (
    select
        months.staff_no,
        months.org_code,
        months.role_code,
        months.month,
        months.working_days,
        months.working_days * months.capacity_per_day as capacity,
        cast(coalesce(sum(done.stages_finished), 0) as bigint) as stages_finished,
        cast(sum(done.stage_working_days) as bigint) as stage_working_days,
        cast(coalesce(sum(done.inspections), 0) as bigint) as inspections,
        cast(coalesce(sum(done.touches), 0) as bigint) as touches
    from months
    left join done on months.staff_no = done.staff_no and months.month = done.month
    group by months.staff_no, months.org_code, months.role_code, months.month, months.working_days, months.capacity_per_day
)

select
    summed.staff_no,
    summed.org_code,
    summed.role_code,
    summed.month,
    summed.working_days,
    summed.stages_finished,
    round({{ ratio('summed.stage_working_days', 'summed.stages_finished') }}, 9) as mean_stage_working_days,
    coalesce(open_stages.stages_open, 0) as stages_open,
    summed.inspections,
    summed.touches,
    summed.stages_finished + summed.inspections + summed.touches as cases,
    summed.capacity,
    round({{ ratio('summed.stages_finished + summed.inspections + summed.touches', 'summed.capacity') }}, 9) as load_share
from summed
left join open_stages on summed.staff_no = open_stages.staff_no and summed.month = open_stages.month
