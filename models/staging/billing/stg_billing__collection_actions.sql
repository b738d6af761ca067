-- stg_billing__collection_actions: one row per collection action.
with accepted as (
    {{ accepted_rows('billing', 'collection_actions') }}
)

select
    -- keys
    action_no,
    -- attributes
    account_no,
    bill_no,
    kind,
    outcome,
    -- times
    acted_at,
    -- load
    load_date,
    source_file,
    source_line
from accepted
