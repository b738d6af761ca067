-- int_usage__account_month: one row per account and month of use: sums of its days as known at the run's date.
{{ config(materialized='view') }}
select
    account_no,
    usage_month,
    {{ summed_month() }}
from {{ ref('int_usage__month_part') }}
where until_month is null
group by account_no, usage_month
