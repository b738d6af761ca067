-- int_usage__spike_month: one row per account and month of use with a spike, by the newest knowledge: what its days are compared with.
select
    newest.account_no,
    newest.usage_month,
    levels.comparable_days,
    levels.comparable_kwh
from {{ ref('int_usage__account_month') }} as newest
inner join {{ ref('int_usage__month_level') }} as levels
    on
        newest.account_no = levels.account_no
        and newest.usage_month = levels.usage_month
        and newest.known_month = levels.known_month
where newest.spike_days > 0
