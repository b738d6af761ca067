-- int_usage__account_day_version: one row per account, day and version of what was known of it, with the months it was the newest.
-- Of an account with one meter, as nearly all are, the read is the account's day.
{{ config(materialized='view') }}
select
    account_no,
    day,
    usage_month,
    known_from_month,
    known_until_month,
    cast(usage_kwh as decimal(14, 4)) as usage_kwh,
    cast(sharp_kwh as decimal(14, 4)) as sharp_kwh,
    cast(peak_kwh as decimal(14, 4)) as peak_kwh,
    cast(flat_kwh as decimal(14, 4)) as flat_kwh,
    cast(valley_kwh as decimal(14, 4)) as valley_kwh,
    cast(export_kwh as decimal(14, 4)) as export_kwh,
    is_estimated,
    is_short_day
from {{ ref('int_usage__read_version') }}
where not shares_account
union all
select
    account_no,
    day,
    usage_month,
    known_from_month,
    known_until_month,
    usage_kwh,
    sharp_kwh,
    peak_kwh,
    flat_kwh,
    valley_kwh,
    export_kwh,
    is_estimated,
    is_short_day
from {{ ref('int_usage__shared_account_day') }}
