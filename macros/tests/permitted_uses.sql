{# Tags whose uses are not all listed in seed tag_use, or with one that their category forbids. #}
{% test permitted_uses(model) %}
    select tags.tag_code
    from {{ model }} as tags
    inner join {{ ref('tag_category') }} as categories on tags.category = categories.category
    cross join {{ ref('tag_use') }} as uses
    group by tags.tag_code, tags.permitted_use, categories.forbidden_use
    having
        sum(case when concat('|', tags.permitted_use, '|') like concat('%|', uses.use_code, '|%') then 1 else 0 end)
        <> length(tags.permitted_use) - length(replace(tags.permitted_use, '|', '')) + 1
        or concat('|', tags.permitted_use, '|') like concat('%|', categories.forbidden_use, '|%')
{% endtest %}
