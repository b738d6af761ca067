-- touch_outcome: one row per touch, treated or held out: what was known before it, and whether the account enrolled within 60 days.
-- Both arms have one clock, the campaign's first day: the held out have no touch to count from.
{% set window = threshold('response_window_days') %}
with latest as (
    select {{ as_of_day() }} as day
),

touched as (
    select
        touches.touch_no,
        touches.campaign_no,
        touches.account_no,
        touches.product_code,
        touches.channel,
        touches.arm,
        touches.arm = 'treated' as is_treated,
        touches.sent_at,
        touches.responded_at,
        coalesce(outcomes.is_opt_out, false) as is_opt_out,
        -- Whoever answers and neither takes it nor may take it later, refuses.
        coalesce(touches.outcome is not null and not coalesce(outcomes.is_positive, false), false) as is_refused,
        coalesce(campaigns.start_on, cast(touches.sent_at as date)) as clock_on
    from {{ ref('fct_touch') }} as touches
    left join {{ ref('dim_campaign') }} as campaigns on touches.campaign_no = campaigns.campaign_no
    left join {{ ref('response_outcome') }} as outcomes on touches.outcome = outcomes.outcome
    where touches.account_no is not null and touches.product_code is not null
),

enrolled as (
    select
        touched.touch_no,
        min(case when enrolments.start_on > touched.clock_on then enrolments.start_on end) as enrolled_on,
        max(case
            when enrolments.start_on <= touched.clock_on and (enrolments.end_on is null or enrolments.end_on >= touched.clock_on) then 1
            else 0
        end) as was_enrolled
    from touched
    inner join {{ ref('fct_enrolment') }} as enrolments
        on touched.account_no = enrolments.account_no and touched.product_code = enrolments.product_code
    group by touched.touch_no
)

select
    touched.touch_no,
    touched.campaign_no,
    touched.account_no,
    touched.product_code,
    touched.channel,
    touched.arm,
    touched.is_treated,
    touched.clock_on,
    {{ add_months(month_of('touched.clock_on'), -1) }} as feature_month,
    case when touched.is_treated then touched.sent_at end as sent_at,
    touched.responded_at,
    touched.is_refused,
    touched.is_opt_out,
    coalesce(enrolled.was_enrolled, 0) = 1 as was_enrolled,
    case
        when {{ dbt.datediff('touched.clock_on', 'latest.day', 'day') }} >= {{ window }}
            then coalesce({{ dbt.datediff('touched.clock_on', 'enrolled.enrolled_on', 'day') }} <= {{ window }}, false)
    end as is_enrolled_in_time
from touched
cross join latest
left join enrolled on touched.touch_no = enrolled.touch_no
where touched.clock_on is not null and touched.clock_on <= latest.day
