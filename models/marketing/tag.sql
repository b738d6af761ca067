-- tag: one row per tag of the library: what it says, by which rule, who answers for it and what it may be used for.
with rules as (
    {{ tag_descriptions() }}
),

families as (
    {{ tag_families() }}
),

sources as (
    select
        tag_code,
        {{ dbt.listagg('source', "'|'", 'order by source') }} as sources
    from (
        select distinct
            families.tag_code,
            feature_source.source
        from families
        inner join {{ ref('feature_source') }} as feature_source on families.family = feature_source.family
    ) as pairs
    group by tag_code
)

select
    library.tag_code,
    library.label_en,
    library.label_zh,
    library.category,
    categories.label_en as category_label_en,
    categories.label_zh as category_label_zh,
    library.basis,
    library.owner,
    library.refresh,
    library.sensitivity,
    library.permitted_use,
    library.reason,
    rules.applies_to,
    rules.rule,
    rules.evidence_columns,
    sources.sources,
    library.rare_reason is not null as is_rare,
    library.rare_reason
from {{ ref('tag_library') }} as library
left join {{ ref('tag_category') }} as categories on library.category = categories.category
left join rules on library.tag_code = rules.tag_code
left join sources on library.tag_code = sources.tag_code
