-- fct_account_day: one row per account and calendar day of its supply, read or not.
with reads as (
    select * from {{ ref('int_usage__account_day_known') }} where is_newest
),

newest as (
    select max(day) as newest_day from reads
),

supplied as (
    -- From the first read to the day before closing, or to the newest day that anybody was read.
    select
        accounts.account_no,
        accounts.first_read_on as first_day,
        least(newest.newest_day, coalesce({{ dbt.dateadd('day', -1, 'accounts.closed_on') }}, newest.newest_day)) as last_day
    from {{ ref('dim_account') }} as accounts
    cross join newest
    where accounts.first_read_on is not null
),

calendar as (
    {{ days_between('supplied', ['account_no'], 'first_day', 'last_day') }}
),

unread as (
    select calendar.account_no, calendar.day
    from calendar
    left join reads on calendar.account_no = reads.account_no and calendar.day = reads.day
    where reads.account_no is null
)

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
from reads
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
from unread
