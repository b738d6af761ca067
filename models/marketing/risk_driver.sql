-- risk_driver: one row per model of an event, usage segment and driver: how often it is among the reasons of the accounts listed.
with listed as (
    select
        model_name,
        segment_code,
        count(*) as accounts_listed
    from {{ ref('account_risk') }}
    where is_listed
    group by model_name, segment_code
),

named as (
    {% for n in [1, 2, 3] %}
    select
        model_name,
        segment_code,
        reason_{{ n }}_driver as driver,
        {{ n }} as place
    from {{ ref('account_risk') }}
    where is_listed and reason_{{ n }}_driver is not null
    {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    named.model_name,
    named.segment_code,
    named.driver,
    cast(max(listed.accounts_listed) as integer) as accounts_listed,
    cast(count(*) as integer) as accounts_named,
    cast(count(case when named.place = 1 then 1 end) as integer) as accounts_named_first,
    {{ ratio('count(*)', 'max(listed.accounts_listed)') }} as named_share,
    {{ as_of_date() }} as as_of_date
from named
inner join listed on named.model_name = listed.model_name and named.segment_code = listed.segment_code
group by named.model_name, named.segment_code, named.driver
