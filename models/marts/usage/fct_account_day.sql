-- fct_account_day: one row per account and calendar day of its supply, read or not.
-- A view: the days that were read are brought up to date day by day, those that nobody read are few.
{{ config(materialized=published_view()) }}
select
    account_no,
    day,
    usage_kwh,
    sharp_kwh,
    peak_kwh,
    flat_kwh,
    valley_kwh,
    export_kwh,
    true as has_read,
    is_missing,
    is_estimated,
    is_short_day,
    is_negative,
    is_spike,
    is_usable
from {{ ref('int_usage__account_day') }}
-- A read of a day after the closing is kept: it is no day of supply, but it is energy.
union all
select
    account_no,
    day,
    cast(null as decimal(14, 4)) as usage_kwh,
    cast(null as decimal(14, 4)) as sharp_kwh,
    cast(null as decimal(14, 4)) as peak_kwh,
    cast(null as decimal(14, 4)) as flat_kwh,
    cast(null as decimal(14, 4)) as valley_kwh,
    cast(null as decimal(14, 4)) as export_kwh,
    false as has_read,
    true as is_missing,
    false as is_estimated,
    false as is_short_day,
    false as is_negative,
    false as is_spike,
    false as is_usable
from {{ ref('int_usage__unread_day') }}
