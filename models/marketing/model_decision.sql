-- model_decision: one row per model of an event and month in which a challenger was judged: who serves from then on, and why.
with told as (
    {{ told_monthly('model_decision') }}
)

select
    model_name,
    feature_month,
    champion_version,
    challenger_version,
    is_promoted = 1 as is_promoted,
    judged_month,
    cast(rows_judged as integer) as rows_judged,
    gain,
    gain_low,
    gain_high,
    reason_en,
    reason_zh,
    as_of_date
from told
