-- dim_consent_history: one row per customer record, channel, purpose and word on it, with the time it was in force.
with words as (
    select
        customer_no,
        channel,
        purpose,
        changed_at,
        -- Of two words at one moment the refusal counts, as in dim_consent; of two refusals the later letter, to be the same each time.
        max(case when status <> 'granted' then status end) as refusal
    from {{ ref('stg_crm__consents') }}
    where cast(changed_at as date) <= {{ as_of_date() }} or status <> 'granted'
    group by customer_no, channel, purpose, changed_at
)

select
    customer_no,
    channel,
    purpose,
    coalesce(refusal, 'granted') as status,
    changed_at as valid_from,
    lead(changed_at) over (partition by customer_no, channel, purpose order by changed_at) as valid_to,
    lead(changed_at) over (partition by customer_no, channel, purpose order by changed_at) is null as is_current
from words
