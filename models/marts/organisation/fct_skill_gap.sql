-- fct_skill_gap: one row per active staff member and skill that the role needs: level against need.
with newest as (
    select
        staff_no,
        skill_code,
        max(assessed_on) as assessed_on
    from {{ ref('stg_org__staff_skills') }}
    where assessed_on <= {{ as_of_date() }}
    group by staff_no, skill_code
)

select
    staff.staff_no,
    staff.org_code,
    staff.role_code,
    needs.skill_code,
    needs.level_needed,
    skills.level,
    newest.assessed_on,
    -- Who was never assessed is taken to lack the skill.
    case
        when coalesce(skills.level, 0) < needs.level_needed then needs.level_needed - coalesce(skills.level, 0)
        else 0
    end as levels_missing
from {{ ref('dim_staff') }} as staff
inner join {{ ref('stg_org__role_skills') }} as needs on staff.role_code = needs.role_code
left join newest on staff.staff_no = newest.staff_no and needs.skill_code = newest.skill_code
left join {{ ref('stg_org__staff_skills') }} as skills
    on
        newest.staff_no = skills.staff_no
        and newest.skill_code = skills.skill_code
        and newest.assessed_on = skills.assessed_on
where staff.is_active
