-- source_coverage: one row per source: how many accounts it says something about.
-- Of the raw rows, not of staging: whether a meter was ever read needs no versions compared.
{% set by_account = {
    'billing': ['bills'], 'documents': ['files'],
    'process': ['work_orders', 'applications', 'inspections'],
    'marketing': ['touches', 'enrolments', 'app_events', 'surveys']
} %}
with accounts as (
    select account_no, customer_no, org_code, district_code from {{ ref('stg_crm__accounts') }}
),

covered as (
    {% for source_name, entities in by_account.items() %}
    select '{{ source_name }}' as source, landed.account_no
    from (
        {% for entity in entities %}
        {% set landed = source(source_name, entity) %}
        select account_no from {{ landed }}
        where breach_reasons is null and load_date <= {{ as_of_date() }}
        {{ "union" if not loop.last }}
        {% endfor %}
    ) as landed
    union all
    {% endfor %}
    select 'crm' as source, accounts.account_no
    from accounts
    where accounts.customer_no in (select customers.customer_no from {{ ref('stg_crm__customers') }} as customers)
    union all
    select 'org' as source, accounts.account_no
    from accounts
    where accounts.org_code in (select units.org_code from {{ ref('stg_org__org_units') }} as units)
    union all
    select 'reports' as source, accounts.account_no
    from accounts
    where accounts.org_code in (select reports.org_code from {{ ref('stg_reports__branch_months') }} as reports)
    union all
    select 'external' as source, accounts.account_no
    from accounts
    where accounts.district_code in (select weather.district_code from {{ ref('stg_external__weather_days') }} as weather)
    union all
    select 'grid' as source, meters.account_no
    from {{ ref('stg_ami__meters') }} as meters
    where meters.transformer_no in (select transformers.transformer_no from {{ ref('stg_grid__transformers') }} as transformers)
    union all
    select 'ami' as source, meters.account_no
    from {{ ref('stg_ami__meters') }} as meters
    inner join (
        select distinct meter_no from {{ source('ami', 'daily_reads') }}
        where breach_reasons is null and load_date <= {{ as_of_date() }}
    ) as read_meters on meters.meter_no = read_meters.meter_no
),

counted as (
    select
        covered.source,
        count(distinct covered.account_no) as accounts_covered
    from covered
    -- What a source says of an account that the customer files don't know covers no account.
    inner join accounts on covered.account_no = accounts.account_no
    group by covered.source
)

select
    kinds.source,
    (select count(*) from accounts) as accounts,
    coalesce(counted.accounts_covered, 0) as accounts_covered
from {{ ref('source_kind') }} as kinds
left join counted on kinds.source = counted.source
