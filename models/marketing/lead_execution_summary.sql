-- lead_execution_summary: one row per cycle, office and account manager: how much of the plan was carried out, and what was left lying.
select
    feature_month,
    coalesce(org_code, 'none') as org_code,
    coalesce(staff_no, 'none') as staff_no,
    cast(count(*) as integer) as leads,
    cast(count(case when execution = 'as_planned' then 1 end) as integer) as as_planned,
    cast(count(case when execution = 'late' then 1 end) as integer) as late,
    cast(count(case when execution = 'wrong_channel' then 1 end) as integer) as wrong_channel,
    cast(count(case when execution = 'never_worked' then 1 end) as integer) as never_worked,
    cast(count(case when execution = 'never_exported' then 1 end) as integer) as never_exported,
    cast(count(case when execution = 'pending' then 1 end) as integer) as pending,
    {{ ratio("count(case when execution = 'as_planned' then 1 end)", "count(case when execution <> 'pending' then 1 end)") }}
        as as_planned_share,
    cast(sum(case when execution in ('never_worked', 'never_exported') then cast(expected_value_cny as decimal(18, 2)) else 0 end) as decimal(18, 2))
        as value_left_lying_cny
from {{ ref('lead_execution') }}
where arm = 'treated'
group by feature_month, coalesce(org_code, 'none'), coalesce(staff_no, 'none')
