-- int_usage__month_level: one row per account, month of use and month of knowledge: what its days are compared with.
{{ config(
    materialized=day_by_day(),
    incremental_strategy='append',
    pre_hook="{{ delete_changed(is_known_anew(ref('int_usage__known_month'))) }}"
) }}
with known as (
    select * from {{ ref('int_usage__known_month') }}
    {% if is_incremental() %}
    -- All rows of a month of use with anything new: their sums start from its first.
    where (account_no, usage_month) in (
        select account_no, usage_month from {{ ref('int_usage__known_month') }} where changed_on >= {{ changed_from() }}
    )
    {% endif %}
),

-- What each month of knowledge brought of reads, less the reads that it replaced. Of accounts with several meters, the sums of them.
movements as (
    select account_no, usage_month, known_month, comparable_days as days_more, comparable_kwh as kwh_more
    from {{ ref('int_usage__month_change') }}
    where account_no not in (select account_no from {{ ref('int_core__meter_version') }} where shares_account)
    union all
    select account_no, usage_month, known_until_month as known_month, -1 as days_more, -usage_kwh as kwh_more
    from {{ ref('int_usage__read_version') }} as reads
    where not shares_account and known_until_month is not null and {{ is_comparable('reads') }}
    union all
    select account_no, usage_month, known_from_month as known_month, 1 as days_more, usage_kwh as kwh_more
    from {{ ref('int_usage__shared_account_day') }} as days
    where {{ is_comparable('days') }}
    union all
    select account_no, usage_month, known_until_month as known_month, -1 as days_more, -usage_kwh as kwh_more
    from {{ ref('int_usage__shared_account_day') }} as days
    where known_until_month is not null and {{ is_comparable('days') }}
),

moved as (
    select account_no, usage_month, known_month, sum(days_more) as days_more, sum(kwh_more) as kwh_more
    from movements
    {% if is_incremental() %}
    where (account_no, usage_month) in (select account_no, usage_month from known)
    {% endif %}
    group by account_no, usage_month, known_month
),

levels as (
    select
        known.account_no,
        known.usage_month,
        known.known_month,
        known.changed_on,
        lead(known.known_month) over (partition by known.account_no, known.usage_month order by known.known_month)
            as next_known_month,
        sum(coalesce(moved.days_more, 0)) over (partition by known.account_no, known.usage_month order by known.known_month)
            as comparable_days,
        sum(coalesce(moved.kwh_more, 0)) over (partition by known.account_no, known.usage_month order by known.known_month)
            as comparable_kwh
    from known
    left join moved
        on
            known.account_no = moved.account_no
            and known.usage_month = moved.usage_month
            and known.known_month = moved.known_month
)

select
    account_no,
    usage_month,
    known_month,
    changed_on,
    cast(comparable_days as integer) as comparable_days,
    cast(comparable_kwh as decimal(18, 4)) as comparable_kwh
from levels
{% if is_incremental() %}
where changed_on >= {{ changed_from() }}
{% endif %}
