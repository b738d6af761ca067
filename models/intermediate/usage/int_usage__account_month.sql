-- int_usage__account_month: one row per account and month of use: the newest knowledge of its sums.
{{ config(materialized='view') }}
select known.*  -- noqa: AM04
from {{ ref('int_usage__account_month_known') }} as known
inner join (
    select account_no, usage_month, max(known_month) as known_month
    from {{ ref('int_usage__account_month_known') }}
    group by account_no, usage_month
) as newest
    on
        known.account_no = newest.account_no
        and known.usage_month = newest.usage_month
        and known.known_month = newest.known_month
