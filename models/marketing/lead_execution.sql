-- lead_execution: one row per lead of every cycle up to the run's date, both arms: was it carried out, in time, as planned, and what came of it.
with versions as (
    select
        feature_month,
        max(as_of_date) as as_of_date
    from {{ source('scores', 'leads') }}
    where as_of_date <= {{ as_of_date() }}
    group by feature_month
),

planned as (
    select
        leads.*,
        {{ lead_id('leads') }} as lead_id
    from {{ source('scores', 'leads') }} as leads
    inner join versions on leads.feature_month = versions.feature_month and leads.as_of_date = versions.as_of_date
),

bought as (
    select
        planned.lead_id,
        min(enrolments.start_on) as enrolled_on
    from planned
    inner join {{ ref('fct_enrolment') }} as enrolments
        on planned.account_no = enrolments.account_no and planned.product_code = enrolments.product_code
    -- Both arms have the same clock: from the cycle's first day.
    where {{ dbt.datediff('planned.cycle_from', 'enrolments.start_on', 'day') }} between 0 and {{ threshold('response_window_days') }}
    group by planned.lead_id
),

followed as (
    select
        planned.*,
        touches.touch_no is not null as is_exported,
        cast(touches.sent_at as date) as worked_on,
        case when touches.sent_at is not null then touches.channel end as worked_channel,
        case when touches.sent_at is not null then touches.staff_no end as worked_by_staff_no,
        touches.outcome,
        bought.enrolled_on
    from planned
    left join {{ ref('fct_touch') }} as touches on {{ touch_of_lead('planned.lead_id') }} = touches.touch_no
    left join bought on planned.lead_id = bought.lead_id
)

select
    lead_id,
    feature_month,
    account_no,
    customer_id,
    org_code,
    product_code,
    channel,
    staff_no,
    arm,
    planned_on,
    expires_on,
    expected_value_cny,
    is_exported,
    worked_on,
    worked_channel,
    worked_by_staff_no,
    {{ dbt.datediff('planned_on', 'worked_on', 'day') }} as days_after_plan,
    case
        when arm = 'holdout' and worked_on is not null then 'contacted_though_held_out'
        when arm = 'holdout' then 'held_out'
        when worked_on is null and expires_on >= {{ as_of_date() }} then 'pending'
        when worked_on is null and not is_exported then 'never_exported'
        when worked_on is null then 'never_worked'
        when worked_channel <> channel then 'wrong_channel'
        when {{ dbt.datediff('planned_on', 'worked_on', 'day') }} > {{ threshold('lead_late_days') }} then 'late'
        else 'as_planned'
    end as execution,
    outcome,
    enrolled_on,
    enrolled_on is not null as is_enrolled
from followed
