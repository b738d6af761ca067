-- dim_marketing_consent: one row per customer record and channel: the word on marketing that counts on the run's date.
with words as (
    select
        customer_no,
        customer_no as said_under_customer_no,
        channel,
        status,
        changed_at
    from {{ ref('stg_crm__consents') }}
    where purpose = 'marketing'
    union all
    -- Who says no under one number means all of his. A yes counts only for the record it was given on: a wrong merge must not contact anybody.
    select
        others.customer_no,
        own.customer_no as said_under_customer_no,
        consents.channel,
        consents.status,
        consents.changed_at
    from {{ ref('stg_crm__consents') }} as consents
    inner join {{ ref('dim_customer_record') }} as own on consents.customer_no = own.customer_no
    inner join {{ ref('dim_customer_record') }} as others
        on own.customer_id = others.customer_id and own.customer_no <> others.customer_no
    where consents.purpose = 'marketing' and consents.status <> 'granted'
),

ranked as (
    select
        customer_no,
        said_under_customer_no,
        channel,
        status,
        changed_at,
        row_number() over (
            partition by customer_no, channel
            -- Of two words at one moment a refusal counts.
            order by
                changed_at desc, case when status = 'granted' then 1 else 0 end asc, status asc,
                case when said_under_customer_no = customer_no then 0 else 1 end asc, said_under_customer_no asc
        ) as place
    from words
    -- A grant dated after the run does not allow anything yet; what forbids counts as soon as it landed.
    where status <> 'granted' or cast(changed_at as date) <= {{ as_of_date() }}
)

select
    customer_no,
    channel,
    said_under_customer_no,
    status,
    changed_at,
    status = 'granted' as is_granted
from ranked
where place = 1
