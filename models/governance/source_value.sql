-- source_value: one row per kind of data, the paper's eight and two more: what landed, how good it is, and what depends on it.
{% set families = feature_families() %}
{% set weighed = {
    'valid_share': threshold('source_weight_valid'),
    'judged_coverage_share': threshold('source_weight_coverage'),
    'completeness_share': threshold('source_weight_completeness'),
    'fresh_share': threshold('source_weight_fresh')
} %}
with entities as (
    select
        source,
        count(*) as entities_expected,
        count(newest_load_date) as entities_landed,
        count(case when is_fresh then 1 end) as entities_fresh,
        max(newest_load_date) as newest_load_date,
        min(age_days) as age_days,
        min(case when newest_load_date is not null then freshness_days end) as freshness_days
    from {{ ref('entity_freshness') }}
    group by source
),

balances as (
    select
        source,
        sum(rows_landed) as rows_landed,
        sum(rows_accepted) as rows_accepted,
        sum(rows_duplicate) as rows_duplicate,
        sum(rows_quarantined) as rows_quarantined
    from {{ ref('load_balance') }}
    group by source
),

cells as (
    select
        source,
        sum(cells_landed) as cells_landed,
        sum(cells_filled) as cells_filled
    from {{ ref('landing_file') }}
    where status = 'accepted'
    group by source
),

lags as (
    select
        source,
        lag_days,
        sum(sum(rows_landed)) over (partition by source order by lag_days) as rows_so_far,
        sum(sum(rows_landed)) over (partition by source) as rows_dated
    from {{ ref('source_lag') }}
    group by source, lag_days
),

quantiles as (
    select
        source,
        min(case when rows_so_far * 2 >= rows_dated then lag_days end) as median_lag_days,
        min(case when rows_so_far * 10 >= rows_dated * 9 then lag_days end) as p90_lag_days
    from lags
    group by source
),

families as (
    {% for family, columns in families.items() %}
    select '{{ family }}' as family, {{ columns }} as features
    union all
    {% endfor %}
    select '' as family, 0 as features
),

features as (
    select
        origins.source,
        sum(families.features) as features,
        {{ dbt.listagg("origins.family", "', '", "order by origins.family") }} as feature_families
    from {{ ref('feature_source') }} as origins
    inner join families on origins.family = families.family
    group by origins.source
),

dependants as (
    {% for source_name in staged_entities() | map('first') | unique %}
    {% set counts = source_dependants(source_name) %}
    select
        '{{ source_name }}' as source,
        {{ counts.marts }} as marts,
        {{ counts.marketing_tables }} as marketing_tables,
        {{ counts.exposures }} as exposures
    {{ "union all" if not loop.last }}
    {% endfor %}
),

measured as (
    select
        kinds.source,
        kinds.place,
        kinds.label_zh,
        kinds.is_of_paper,
        kinds.covers_every_account,
        cast(entities.entities_expected as integer) as entities_expected,
        cast(entities.entities_landed as integer) as entities_landed,
        cast(coalesce(balances.rows_landed, 0) as bigint) as rows_landed,
        cast(coalesce(balances.rows_accepted, 0) as bigint) as rows_accepted,
        cast(coalesce(balances.rows_duplicate, 0) as bigint) as rows_duplicate,
        cast(coalesce(balances.rows_quarantined, 0) as bigint) as rows_quarantined,
        1 - {{ ratio('balances.rows_quarantined', 'balances.rows_landed') }} as valid_share,
        cast(coverage.accounts_covered as bigint) as accounts_covered,
        {{ ratio('coverage.accounts_covered', 'coverage.accounts') }} as coverage_share,
        {{ ratio('cells.cells_filled', 'cells.cells_landed') }} as completeness_share,
        entities.newest_load_date,
        cast(entities.age_days as integer) as age_days,
        cast(entities.freshness_days as integer) as freshness_days,
        entities.age_days <= entities.freshness_days as is_fresh,
        cast(entities.entities_fresh as integer) as entities_fresh,
        {{ ratio('entities.entities_fresh', 'entities.entities_landed') }} as fresh_share,
        quantiles.median_lag_days,
        quantiles.p90_lag_days,
        cast(dependants.marts as integer) as dependent_marts,
        cast(coalesce(features.features, 0) as integer) as features,
        features.feature_families,
        cast(dependants.marketing_tables as integer) as dependent_marketing_tables,
        cast(dependants.exposures as integer) as dependent_exposures
    from {{ ref('source_kind') }} as kinds
    left join entities on kinds.source = entities.source
    left join balances on kinds.source = balances.source
    left join cells on kinds.source = cells.source
    left join {{ ref('source_coverage') }} as coverage on kinds.source = coverage.source
    left join quantiles on kinds.source = quantiles.source
    left join features on kinds.source = features.source
    left join dependants on kinds.source = dependants.source
),

-- The weighed mean of what can be said of the source: one of which not every account has a record is not judged by coverage.
judged as (
    select
        *,
        case when entities_landed > 0 then
            (
                {% for column, weight in weighed.items() %}
                coalesce(cast({{ weight }} as double) * {{ column }}, 0){{ " +" if not loop.last }}
                {% endfor %}
            ) / nullif(
                {% for column, weight in weighed.items() %}
                case when {{ column }} is null then 0 else cast({{ weight }} as double) end{{ " +" if not loop.last }}
                {% endfor %}, 0
            )
        end as score
    from (
        select
            *,
            case when covers_every_account then coverage_share end as judged_coverage_share
        from measured
    ) as weighed
)

select
    source,
    place,
    label_zh,
    is_of_paper,
    entities_expected,
    entities_landed,
    rows_landed,
    rows_accepted,
    rows_duplicate,
    rows_quarantined,
    {% for column in ['valid_share', 'coverage_share', 'completeness_share', 'fresh_share', 'score'] %}
    round({{ column }}, 9) as {{ column }},
    {% endfor %}
    {{ quality_grade('round(score, 9)') }} as grade,
    accounts_covered,
    newest_load_date,
    age_days,
    freshness_days,
    is_fresh,
    entities_fresh,
    median_lag_days,
    p90_lag_days,
    dependent_marts,
    features,
    feature_families,
    dependent_marketing_tables,
    dependent_exposures
from judged
