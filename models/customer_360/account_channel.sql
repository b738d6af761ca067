-- account_channel: one row per open account and usable channel: may marketing use it on the run's date, and how often still.
with complaints as (
    select distinct account_no
    from {{ ref('fct_work_order') }}
    where is_complaint and is_open and account_no is not null
),

pressure as (
    -- A customer with several accounts feels every contact.
    select
        accounts.customer_id,
        sum(contacts.marketing_30d) as marketing_30d,
        sum(contacts.marketing_90d) as marketing_90d
    from {{ ref('fct_contact_pressure') }} as contacts
    inner join {{ ref('dim_account') }} as accounts on contacts.account_no = accounts.account_no
    where contacts.channel = 'all'
    group by accounts.customer_id
),

complaining as (
    select distinct accounts.customer_id
    from complaints
    inner join {{ ref('dim_account') }} as accounts on complaints.account_no = accounts.account_no
)

select
    accounts.account_no,
    channels.channel,
    accounts.customer_id,
    coalesce(consents.is_granted, false) as has_consent,
    case when consents.is_granted then channels.consent_channel end as consent_channel,
    case when consents.is_granted then consents.changed_at end as consent_changed_at,
    protected.account_no is not null as is_protected,
    complaints.account_no is not null or complaining.customer_id is not null as has_open_complaint,
    cast(
        greatest({{ threshold('lead_cap_30d') }} - coalesce(pressure.marketing_30d, 0), 0) as integer
    ) as contacts_left_30d,
    cast(
        greatest({{ threshold('lead_cap_90d') }} - coalesce(pressure.marketing_90d, 0), 0) as integer
    ) as contacts_left_90d
from {{ ref('account_360') }} as accounts
inner join {{ ref('dim_account') }} as records on accounts.account_no = records.account_no
cross join (select * from {{ ref('dim_channel') }} where is_usable) as channels
left join {{ ref('dim_marketing_consent') }} as consents
    on records.customer_no = consents.customer_no and channels.consent_channel = consents.channel
left join {{ ref('dim_protection') }} as protected on accounts.account_no = protected.account_no
left join complaints on accounts.account_no = complaints.account_no
left join complaining on accounts.customer_id = complaining.customer_id
left join pressure on accounts.customer_id = pressure.customer_id
where not accounts.is_closed
