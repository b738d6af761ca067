-- campaign_effect: one row per dimension (campaign, product, channel, segment, all) and code: what contact changed against the holdout.
select
    scores.dimension,
    scores.code,
    cast(scores.campaigns as integer) as campaigns,
    cast(scores.treated as integer) as treated,
    cast(scores.heldout as integer) as heldout,
    cast(scores.treated_enrolled as integer) as treated_enrolled,
    cast(scores.heldout_enrolled as integer) as heldout_enrolled,
    scores.effect,
    scores.effect_low,
    scores.effect_high,
    scores.variance_reduction,
    scores.extra_enrolments,
    scores.extra_enrolments_low,
    scores.extra_enrolments_high,
    cast(scores.sent as integer) as sent,
    cast(scores.cost_cny as decimal(18, 2)) as cost_cny,
    case
        when scores.effect_low > 0 then cast(scores.cost_cny / scores.extra_enrolments as decimal(18, 2))
    end as cost_per_extra_enrolment_cny,
    cast(scores.value_cny as decimal(18, 2)) as value_cny,
    cast(scores.opt_outs as integer) as opt_outs,
    scores.verdict,
    scores.as_of_date
from {{ source('scores', 'campaign_effect') }} as scores
where scores.as_of_date = {{ as_of_date() }}
