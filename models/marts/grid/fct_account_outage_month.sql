-- fct_account_outage_month: one row per account and month with an outage.
select
    account_no,
    {{ month_of('started_at') }} as month,
    count(*) as outages,
    cast(sum(case when kind = 'planned' then 1 else 0 end) as bigint) as planned_outages,
    cast(sum({{ dbt.datediff('started_at', 'ended_at', 'minute') }}) as bigint) as outage_minutes
from {{ ref('int_grid__outage_account') }}
group by account_no, {{ month_of('started_at') }}
