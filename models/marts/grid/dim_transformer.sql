-- dim_transformer: one row per transformer, with its place in the grid.
with meters as (
    select
        transformer_no,
        count(*) as meters
    from {{ ref('dim_meter') }}
    where removed_on is null or removed_on > {{ as_of_date() }}
    group by transformer_no
)

select
    transformers.transformer_no,
    transformers.feeder_no,
    feeders.feeder_name,
    feeders.substation_no,
    substations.org_code,
    transformers.kind,
    transformers.capacity_kva,
    coalesce(meters.meters, 0) as meters
from {{ ref('stg_grid__transformers') }} as transformers
left join {{ ref('stg_grid__feeders') }} as feeders on transformers.feeder_no = feeders.feeder_no
left join {{ ref('stg_grid__substations') }} as substations on feeders.substation_no = substations.substation_no
left join meters on transformers.transformer_no = meters.transformer_no
