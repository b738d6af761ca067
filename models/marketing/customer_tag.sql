-- customer_tag: one row per customer, account, tag and time in which it held.
{{ config(materialized=published_view()) }}
{% set rules = model_tag_rules() %}
{% set inputs = tag_inputs() %}
with scored as (
    {{ scored_accounts() }}
),

places as (
    {{ tag_places(rules) }}
),

said as (
    select
        account_no,
        tag_code,
        valid_from,
        valid_to,
        evidence
    from {{ ref('int_tags__account_tag') }}
    union all
    -- A model's tags are those of the run: what an earlier model said of an earlier month is not told anew.
    select
        scored.account_no,
        places.tag_code,
        scored.month_end as valid_from,
        cast(null as date) as valid_to,
        case places.tag
            {% for rule in rules %}
            when {{ loop.index0 }} then {{ tag_evidence(rule, inputs) }}
            {% endfor %}
        end as evidence
    from scored
    cross join places
    where
        case places.tag
            {% for rule in rules %}
            when {{ loop.index0 }} then {{ tag_condition(rule) }}
            {% endfor %}
        end
)

select
    accounts.customer_id,
    said.account_no,
    said.tag_code,
    said.valid_from,
    said.valid_to,
    said.evidence
from said
left join {{ ref('dim_account') }} as accounts on said.account_no = accounts.account_no
left join {{ ref('account_360') }} as today on said.account_no = today.account_no
-- The tag is of the account's own record at the month's end. Whoever has refused since, or under another number, must not pass for one who may
-- be contacted until the month closes.
where said.valid_to is not null
    or not (
        {%- for channel in consent_channels() %}
        {{ "or " if not loop.first }}(said.tag_code = '{{ channel }}_allowed' and not coalesce(today.may_contact_by_{{ channel }}, false))
        {%- endfor %}
    )
