-- stg_marketing__surveys: one row per answered survey.
select
    -- keys
    survey_no,
    -- attributes
    account_no,
    kind,
    -- measures
    score,
    -- times
    answered_at,
    -- load
    load_date,
    source_file,
    source_line
from {{ ref('vault_marketing__surveys') }}
