-- stg_crm__consents: one row per customer, channel, purpose and change of consent.
with accepted as (
    {{ accepted_rows('crm', 'consents') }}
)

select
    -- keys
    customer_no,
    channel,
    purpose,
    changed_at,
    -- attributes
    status,
    -- load
    load_date,
    source_file,
    source_line
from accepted
