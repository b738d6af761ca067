-- fct_satisfaction_driver: one row per factor and level: the marks of rated work orders there, against all other rated orders.
-- One factor at a time: a difference may be another factor's (complaints wait longer), and is no proof of a cause.
{% set factors = ['waiting', 'repeat_call', 'matter', 'channel', 'result', 'station', 'account_category', 'after_outage'] %}
with summed as (
    {%- for factor in factors %}
    select
        '{{ factor }}' as factor,
        {{ factor }} as level,
        count(*) as orders,
        cast(sum(satisfaction) as bigint) as marks,
        cast(sum(case when is_dissatisfied then 1 else 0 end) as bigint) as dissatisfied
    from {{ ref('int_service__rated_order') }}
    group by {{ factor }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

totals as (
    select
        factor,
        sum(orders) as orders,
        sum(marks) as marks,
        sum(dissatisfied) as dissatisfied
    from summed
    group by factor
),

compared as (
    select
        summed.*,
        cast(totals.orders - summed.orders as bigint) as rest_orders,
        totals.dissatisfied - summed.dissatisfied as rest_dissatisfied,
        {{ ratio('summed.marks', 'summed.orders') }} as mean_satisfaction,
        {{ ratio('totals.marks - summed.marks', 'totals.orders - summed.orders') }} as rest_mean_satisfaction,
        {{ ratio('summed.dissatisfied', 'summed.orders') }} as dissatisfied_share,
        {{ ratio('totals.dissatisfied - summed.dissatisfied', 'totals.orders - summed.orders') }} as rest_share
    from summed
    inner join totals on summed.factor = totals.factor
),

-- Agresti and Caffo: one more of each kind on both sides keeps the interval honest for few orders.
adjusted as (
    select
        *,
        {{ ratio('dissatisfied + 1', 'orders + 2') }} as p,
        {{ ratio('rest_dissatisfied + 1', 'rest_orders + 2') }} as q
    from compared
),

bounded as (
    select
        *,
        1.96 * sqrt(p * (1 - p) / (orders + 2) + q * (1 - q) / (rest_orders + 2)) as margin
    from adjusted
)

select
    factor,
    level,
    orders,
    rest_orders,
    round(mean_satisfaction, 9) as mean_satisfaction,
    round(mean_satisfaction - rest_mean_satisfaction, 9) as mean_difference,
    dissatisfied,
    round(dissatisfied_share, 9) as dissatisfied_share,
    round(dissatisfied_share - rest_share, 9) as dissatisfied_difference,
    case when rest_orders > 0 then round(greatest(p - q - margin, -1), 9) end as difference_low,
    case when rest_orders > 0 then round(least(p - q + margin, 1), 9) end as difference_high
from bounded
