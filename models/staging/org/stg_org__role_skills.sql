-- stg_org__role_skills: one row per role and skill that it needs.
with accepted as (
    {{ accepted_rows('org', 'role_skills') }}
)

select
    -- keys
    role_code,
    skill_code,
    -- measures
    level_needed,
    -- load
    load_date,
    source_file,
    source_line
from accepted
