-- int_usage__month_part: one row per account, month of use and month of knowledge: sums of days, with the months of knowledge they count in.
-- What is known of a month of use in month M: all its parts with known_month <= M and (until_month is null or until_month > M).
{{ config(materialized='view') }}
select
    changes.account_no,
    changes.usage_month,
    changes.known_month,
    cast(null as date) as until_month,
    {{ told_month('changes') }}
from {{ ref('int_usage__month_change') }} as changes
left join {{ ref('int_usage__retold_month') }} as retold
    on changes.account_no = retold.account_no and changes.usage_month = retold.usage_month
where retold.account_no is null
union all
select
    retold.account_no,
    retold.usage_month,
    retold.known_month,
    lead(retold.known_month) over (partition by retold.account_no, retold.usage_month order by retold.known_month) as until_month,
    {{ told_month('retold') }}
from {{ ref('int_usage__month_retold') }} as retold
