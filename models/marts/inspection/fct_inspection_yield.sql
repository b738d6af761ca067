-- fct_inspection_yield: one row per way of selection and month of inspection: how often something was found, and what was recovered.
with summed as (
    select
        coalesce(kind, 'unknown') as kind,
        month,
        count(*) as inspections,
        count(distinct account_no) as accounts,
        -- A report that is still open is no miss.
        count(finding) as reported,
        cast(sum(case when is_hit then 1 else 0 end) as bigint) as hits,
        cast(sum(case when finding = 'theft' then 1 else 0 end) as bigint) as thefts,
        cast(coalesce(sum(recovered_kwh), 0) as decimal(18, 4)) as recovered_kwh,
        cast(coalesce(sum(recovered_amount_cny), 0) as decimal(18, 2)) as recovered_amount_cny
    from {{ ref('fct_inspection') }}
    group by coalesce(kind, 'unknown'), month
)

select
    kind,
    month,
    inspections,
    accounts,
    reported,
    hits,
    thefts,
    round({{ ratio('hits', 'reported') }}, 9) as hit_share,
    {{ wilson_low('hits', 'reported') }} as hit_share_low,
    {{ wilson_high('hits', 'reported') }} as hit_share_high,
    recovered_kwh,
    recovered_amount_cny,
    round({{ ratio('recovered_amount_cny', 'inspections') }}, 9) as recovered_cny_per_inspection
from summed
