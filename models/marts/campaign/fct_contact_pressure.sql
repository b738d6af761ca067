-- fct_contact_pressure: one row per account and channel used in the last 90 days, by the run's date; channel all for the account as a whole.
with contacts as (
    select
        account_no,
        channel,
        cast(sent_at as date) as day,
        1 as is_marketing
    from {{ ref('fct_touch') }}
    where arm = 'treated' and sent_at is not null
    union all
    -- Who is asked to pay feels it as contact, by whatever desk.
    select
        account_no,
        case kind when 'call' then 'phone' when 'notice' then 'letter' else kind end as channel,
        cast(acted_at as date) as day,
        0 as is_marketing
    from {{ ref('stg_billing__collection_actions') }}
    where kind in ('sms', 'call', 'visit', 'notice')
),

recent as (
    select
        contacts.account_no,
        coalesce(contacts.channel, 'unknown') as channel,
        contacts.day,
        contacts.is_marketing,
        {{ dbt.datediff('contacts.day', 'latest.day', 'day') }} as days_ago
    from contacts
    cross join (select {{ as_of_day() }} as day) as latest
),

by_channel as (
    select
        account_no,
        channel,
        day,
        is_marketing,
        days_ago
    from recent
    union all
    select
        account_no,
        'all' as channel,
        day,
        is_marketing,
        days_ago
    from recent
)

select
    account_no,
    channel,
    cast(sum(case when days_ago < 30 then is_marketing else 0 end) as bigint) as marketing_30d,
    cast(sum(is_marketing) as bigint) as marketing_90d,
    cast(sum(case when days_ago < 30 then 1 - is_marketing else 0 end) as bigint) as collection_30d,
    cast(sum(1 - is_marketing) as bigint) as collection_90d,
    cast(sum(case when days_ago < 30 then 1 else 0 end) as bigint) as contacts_30d,
    count(*) as contacts_90d,
    max(day) as last_contact_on,
    max(case when is_marketing = 1 then day end) as last_marketing_on
from by_channel
where days_ago between 0 and 89
group by account_no, channel
