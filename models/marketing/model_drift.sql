-- model_drift: one row per model of an event, month and input or score: whether it has moved since the month learned from.
with told as (
    {{ told_monthly('model_drift') }}
)

select
    model_name,
    feature_month,
    column_name,
    model_version,
    reference_month,
    psi,
    threshold,
    is_drifted = 1 as is_drifted,
    null_share_before,
    null_share_after,
    cast(reference_rows as integer) as reference_rows,
    cast(current_rows as integer) as current_rows,
    as_of_date
from told
