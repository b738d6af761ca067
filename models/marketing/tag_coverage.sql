-- tag_coverage: one row per tag: who could have it, who has it, and when that last changed.
{% set rules = tag_rules() %}
{% set model_rules = model_tag_rules() %}
with limits as (
    {{ tag_limits(rules) }}
),

scored as (
    {{ scored_accounts() }}
),

judged as (
    select
        count(*) as accounts
        {% for rule in rules %},
        count({{ tag_condition(rule) }}) as judged_{{ loop.index0 }}
        {% endfor %}
    from {{ ref('int_tags__input') }}
    cross join limits
    where month = (select max(newest.month) from {{ ref('account_month') }} as newest)
),

judged_by_model as (
    select
        count(*) as accounts
        {% for rule in model_rules %},
        count({{ tag_condition(rule) }}) as judged_{{ loop.index0 }}
        {% endfor %}
    from scored
),

places as (
    {{ tag_places(rules) }}
),

model_places as (
    {{ tag_places(model_rules) }}
),

could as (
    select
        places.tag_code,
        case places.tag
            {% for rule in rules %}
            when {{ loop.index0 }} then judged.judged_{{ loop.index0 }}
            {% endfor %}
        end as accounts_judged
    from places
    cross join judged
    union all
    select
        model_places.tag_code,
        case model_places.tag
            {% for rule in model_rules %}
            when {{ loop.index0 }} then judged_by_model.judged_{{ loop.index0 }}
            {% endfor %}
        end as accounts_judged
    from model_places
    cross join judged_by_model
),

have as (
    select
        tag_code,
        count(*) as periods,
        count(case when valid_to is null then 1 end) as accounts_tagged,
        max(coalesce(valid_to, valid_from)) as newest_change_on
    from {{ ref('customer_tag') }}
    group by tag_code
)

select
    tags.tag_code,
    tags.category,
    cast(coalesce(could.accounts_judged, 0) as integer) as accounts_judged,
    cast(coalesce(have.accounts_tagged, 0) as integer) as accounts_tagged,
    {{ ratio('coalesce(have.accounts_tagged, 0)', 'could.accounts_judged') }} as tagged_share,
    cast(coalesce(have.periods, 0) as integer) as periods,
    have.newest_change_on
from {{ ref('tag') }} as tags
left join could on tags.tag_code = could.tag_code
left join have on tags.tag_code = have.tag_code
