-- account_value: one row per open account: what it brings (premium) and could bring (potential), from the newest complete month.
select
    scored.account_no,
    accounts.customer_id,
    accounts.org_code,
    cast(scored.margin_cny_12m as decimal(18, 2)) as margin_cny_12m,
    cast(scored.lifetime_value_cny as decimal(18, 2)) as lifetime_value_cny,
    scored.growth,
    scored.credit,
    scored.electrification_kwh,
    scored.capacity_use,
    {% for score, flag in [('value', 'is_premium'), ('potential', 'is_potential')] %}
    scored.{{ score }}_score,
    scored.{{ flag }} = 1 as {{ flag }},
    {% for n in [1, 2, 3] %}
    scored.{{ score }}_reason_{{ n }}_en,
    scored.{{ score }}_reason_{{ n }}_zh,
    {% endfor %}
    {% endfor %}
    scored.quality_score,
    scored.feature_month,
    scored.as_of_date
from {{ source('scores', 'account_value') }} as scored
left join {{ ref('account_360') }} as accounts on scored.account_no = accounts.account_no
where scored.as_of_date = {{ as_of_date() }}
