-- int_usage__spike_month: one row per account and month of use with a spike, by the newest knowledge: what its days are compared with.
with states as (
    select
        account_no,
        usage_month,
        known_month,
        spike_days,
        lead(known_month) over (partition by account_no, usage_month order by known_month) as until_month
    from {{ ref('int_usage__month_retold') }}
)

select
    states.account_no,
    states.usage_month,
    levels.comparable_days,
    levels.comparable_kwh
from {{ ref('int_usage__month_level') }} as levels
inner join states
    on
        levels.account_no = states.account_no
        and levels.usage_month = states.usage_month
        and levels.known_month = states.known_month
where states.until_month is null and states.spike_days > 0
