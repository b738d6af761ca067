-- lead_outcome: one row per product, channel and outcome of the cycle's candidates: how many got an offer and what kept the others from one.
select
    counted.product_code,
    counted.channel,
    counted.outcome,
    words.label_en as outcome_label_en,
    words.label_zh as outcome_label_zh,
    counted.candidates,
    counted.as_of_date
from {{ source('scores', 'lead_outcomes') }} as counted
left join {{ ref('allocation_outcome') }} as words on counted.outcome = words.outcome
where counted.as_of_date = {{ as_of_date() }}
