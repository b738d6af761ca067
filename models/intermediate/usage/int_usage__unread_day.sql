-- int_usage__unread_day: one row per account and day of its supply that nobody read.
-- Supply is from the first read to the day before closing, or to the newest day that anybody was read.
with newest as (
    select account_no, usage_month, read_bits, last_day from {{ ref('int_usage__account_month') }}
),

supplied as (
    select
        accounts.account_no,
        accounts.first_read_on as first_day,
        least(until.newest_day, coalesce({{ dbt.dateadd('day', -1, 'accounts.closed_on') }}, until.newest_day)) as last_day
    from {{ ref('dim_account') }} as accounts
    cross join (select max(last_day) as newest_day from newest) as until
    where accounts.first_read_on is not null
),

months as (
    select
        supplied.account_no,
        dates.month,
        greatest(supplied.first_day, dates.month) as first_day,
        least(supplied.last_day, dates.month_end) as last_day
    from supplied
    inner join (select distinct month, month_end from {{ ref('dim_date') }}) as dates
        on dates.month_end >= supplied.first_day and dates.month <= supplied.last_day
),

-- Most months were read every day: their bits are as many as their days, and none lies outside.
holes as (
    select
        months.account_no,
        months.first_day,
        months.last_day,
        coalesce(newest.read_bits, 0) as read_bits
    from months
    left join newest on months.account_no = newest.account_no and months.month = newest.usage_month
    where
        newest.read_bits is null
        or newest.last_day > months.last_day
        or bit_count(newest.read_bits) <= {{ dbt.datediff('months.first_day', 'months.last_day', 'day') }}
),

days as (
    {{ days_between('holes', ['account_no', 'read_bits'], 'first_day', 'last_day') }}
)

select
    account_no,
    day,
    {{ month_of('day') }} as month
from days
where {{ shift_right('read_bits', 'day(day) - 1') }} % 2 = 0
