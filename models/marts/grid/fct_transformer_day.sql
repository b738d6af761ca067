-- fct_transformer_day: one row per transformer and day: energy in, energy sold, loss and load.
with days as (
    select
        days.transformer_no,
        days.day,
        days.supplied_kwh,
        days.sold_kwh,
        days.supplied_kwh - days.sold_kwh as loss_kwh,
        {{ ratio('days.supplied_kwh - days.sold_kwh', 'days.supplied_kwh') }} as loss_rate,
        {{ ratio('days.supplied_kwh', '24 * transformers.capacity_kva') }} as mean_load_share
    from {{ ref('stg_grid__transformer_days') }} as days
    left join {{ ref('dim_transformer') }} as transformers on days.transformer_no = transformers.transformer_no
)

select
    transformer_no,
    day,
    supplied_kwh,
    sold_kwh,
    cast(loss_kwh as decimal(13, 4)) as loss_kwh,
    loss_rate,
    mean_load_share,
    loss_rate > {{ threshold('loss_rate_high') }} as is_loss_high,
    mean_load_share > {{ threshold('overload_mean_share') }} as is_overloaded
from days
