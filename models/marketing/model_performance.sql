-- model_performance: one row per model of an event, month, group of accounts and figure: how the model that serves did where it is known by now.
with told as (
    {{ told_monthly('model_performance') }}
)

select
    model_name,
    feature_month,
    group_name,
    group_value,
    measure,
    model_version,
    judged_month,
    value,
    value_low,
    value_high,
    clerk_value,
    base_value,
    value_at_promotion,
    is_worse = 1 as is_worse,
    cast(rows_judged as integer) as rows_judged,
    as_of_date
from told
