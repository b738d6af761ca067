-- fct_outage: one row per outage, with how long it lasted and how many accounts it cut off.
with hit as (
    select
        outage_no,
        count(distinct account_no) as accounts_affected
    from {{ ref('int_grid__outage_account') }}
    group by outage_no
)

select
    outages.outage_no,
    case when outages.transformer_no is null then 'feeder' else 'transformer' end as grid_level,
    outages.feeder_no,
    outages.transformer_no,
    outages.kind,
    outages.started_at,
    outages.ended_at,
    {{ dbt.datediff('outages.started_at', 'outages.ended_at', 'minute') }} as outage_minutes,
    coalesce(hit.accounts_affected, 0) as accounts_affected
from {{ ref('stg_grid__outages') }} as outages
left join hit on outages.outage_no = hit.outage_no
