-- stg_org__staff_skills: one row per staff member, skill and assessment.
with accepted as (
    {{ accepted_rows('org', 'staff_skills') }}
)

select
    -- keys
    staff_no,
    skill_code,
    assessed_on,
    -- measures
    level,
    -- load
    load_date,
    source_file,
    source_line
from accepted
