-- fct_training_plan: one row per active staff member and skill below the role's need: how soon, how long, and who can teach.
with gaps as (
    select
        gaps.*,
        coalesce(skills.is_mandatory, false) as is_mandatory,
        cast(gaps.levels_missing * coalesce(skills.weight, 1) as integer) as priority_score,
        skills.course_zh,
        cast(gaps.levels_missing * skills.hours_per_level as integer) as hours
    from {{ ref('fct_skill_gap') }} as gaps
    left join {{ ref('skill_priority') }} as skills on gaps.skill_code = skills.skill_code
    where gaps.levels_missing > 0
),

-- A colleague of the same unit who has reached what is needed; the best one.
mentors as (
    select
        gaps.staff_no,
        gaps.skill_code,
        colleagues.staff_no as mentor_staff_no,
        row_number() over (
            partition by gaps.staff_no, gaps.skill_code order by colleagues.level desc, colleagues.staff_no asc
        ) as place
    from gaps
    inner join {{ ref('fct_skill_gap') }} as colleagues
        on
            gaps.org_code = colleagues.org_code
            and gaps.skill_code = colleagues.skill_code
            and gaps.staff_no <> colleagues.staff_no
            and colleagues.level >= gaps.level_needed
)

select
    gaps.staff_no,
    gaps.org_code,
    gaps.role_code,
    gaps.skill_code,
    gaps.level_needed,
    gaps.level,
    gaps.levels_missing,
    gaps.is_mandatory,
    case
        when gaps.is_mandatory then 'now'
        when gaps.levels_missing >= {{ threshold('training_large_gap') }} then 'half_year'
        else 'year'
    end as due_within,
    gaps.priority_score,
    cast(row_number() over (
        partition by gaps.org_code
        order by
            case when gaps.is_mandatory then 0 else 1 end asc, gaps.priority_score desc,
            gaps.staff_no asc, gaps.skill_code asc
    ) as integer) as place_in_unit,
    gaps.course_zh,
    gaps.hours,
    mentors.mentor_staff_no
from gaps
left join mentors on gaps.staff_no = mentors.staff_no and gaps.skill_code = mentors.skill_code and mentors.place = 1
