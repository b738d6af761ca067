-- dim_consent: one row per customer, channel and purpose: the consent in force on the run's date.
with ranked as (
    select
        customer_no,
        channel,
        purpose,
        status,
        changed_at,
        row_number() over (
            partition by customer_no, channel, purpose
            -- Of two changes at one moment the refusal counts.
            order by changed_at desc, case when status = 'granted' then 1 else 0 end
        ) as place
    from {{ ref('stg_crm__consents') }}
    where cast(changed_at as date) <= {{ as_of_date() }} or status <> 'granted'
)

select
    customer_no,
    channel,
    purpose,
    status,
    changed_at,
    status = 'granted' as is_granted
from ranked
where place = 1
