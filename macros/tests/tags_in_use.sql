{#
  Tags that nobody has or ever had, though enough accounts could have them and every source of their evidence landed: the rule is wrong, or
  the tag of no use. Rare ones (seed tag_library says why) are asked of more accounts; what a model finds is for its card to say.
#}
{% test tags_in_use(model, is_rare) %}
    select coverage.tag_code
    from {{ model }} as coverage
    inner join {{ ref('tag') }} as tags on coverage.tag_code = tags.tag_code
    left join (
        -- What never landed has no row in the balance.
        select kinds.source as missing
        from {{ ref('source_kind') }} as kinds
        left join {{ ref('load_balance') }} as loads on kinds.source = loads.source
        group by kinds.source
        having coalesce(sum(loads.rows_accepted), 0) = 0
    ) as sources
        on concat('|', tags.sources, '|') like concat('%|', sources.missing, '|%')
    where
        coverage.periods = 0
        and sources.missing is null
        and coverage.accounts_judged
        >= {% if is_rare %}{{ threshold('tag_rare_min_accounts') }}{% else %}{{ threshold('tag_coverage_min_accounts') }}{% endif %}

        and tags.is_rare = {{ is_rare }}
        and tags.basis <> 'model'
{% endtest %}
