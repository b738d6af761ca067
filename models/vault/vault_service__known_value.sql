-- vault_service__known_value: one row per account that a text is about: patterns of the names and addresses known of it. Never published.
with texts as (
    select account_no from {{ ref('vault_process__work_orders') }}
    union
    select account_no from {{ ref('vault_documents__files') }} where text is not null
    union
    select account_no from {{ ref('vault_marketing__surveys') }} where comment is not null
),

-- Every version that landed: who writes may be the holder before, or be written as before.
accounts as (
    select distinct
        versions.account_no,
        versions.customer_no,
        versions.account_name,
        versions.premise_address
    from ({{ valid_rows('crm', 'accounts') }}) as versions
    inner join texts on versions.account_no = texts.account_no
),

known as (
    select
        account_no,
        account_name as value,
        'name' as kind
    from accounts
    union
    select
        accounts.account_no,
        customers.name,
        'name' as kind
    from accounts
    inner join ({{ valid_rows('crm', 'customers') }}) as customers on accounts.customer_no = customers.customer_no
    union
    select
        accounts.account_no,
        contacts.name,
        'name' as kind
    from accounts
    inner join ({{ valid_rows('crm', 'contacts') }}) as contacts on accounts.customer_no = contacts.customer_no
    union
    select
        account_no,
        premise_address,
        'place' as kind
    from accounts
    union
    -- People who write to their own branch leave out town and district.
    select
        account_no,
        {{ regexp_replace_all('premise_address', "'^.{2,8}?[区县](.{4,})$'", '\\1') }},
        'place' as kind
    from accounts
),

patterns as (
    select
        account_no,
        kind,
        {{ pattern_of('value') }} as pattern
    from known
    -- What is shorter, or went through a wrong encoding, would match anything.
    where length(value) >= case when kind = 'name' then 2 else 5 end and value not like '%�%'
)

select
    account_no,
    -- An empty pattern would match everywhere.
    nullif(
        {{ dbt.listagg("case when kind = 'name' then pattern end", "'|'", "order by length(pattern) desc, pattern") }}, ''
    ) as name_pattern,
    nullif(
        {{ dbt.listagg("case when kind = 'place' then pattern end", "'|'", "order by length(pattern) desc, pattern") }}, ''
    ) as place_pattern
from patterns
group by account_no
