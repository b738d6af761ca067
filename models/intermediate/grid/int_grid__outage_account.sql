-- int_grid__outage_account: one row per outage and account that it cut off.
with transformers as (
    -- An outage that names a transformer is of it alone, whatever feeder it names.
    select
        outage_no,
        transformer_no
    from {{ ref('stg_grid__outages') }}
    where transformer_no is not null
    union all
    select
        outages.outage_no,
        transformers.transformer_no
    from {{ ref('stg_grid__outages') }} as outages
    inner join {{ ref('stg_grid__transformers') }} as transformers on outages.feeder_no = transformers.feeder_no
    where outages.transformer_no is null
)

select distinct
    outages.outage_no,
    meters.account_no,
    outages.started_at,
    outages.ended_at,
    outages.kind
from transformers
inner join {{ ref('stg_grid__outages') }} as outages on transformers.outage_no = outages.outage_no
inner join {{ ref('dim_meter') }} as meters
    on
        transformers.transformer_no = meters.transformer_no
        and (meters.installed_on is null or meters.installed_on <= cast(outages.started_at as date))
        and (meters.removed_on is null or meters.removed_on > cast(outages.started_at as date))
