-- int_tags__input: one row per account and complete month: account_month and what rules of tags need beside it.
{{ config(materialized='view') }}
{% set channels = ['sms', 'phone', 'wechat', 'app'] %}
with tariffs as (
    select
        tariff_code,
        kind,
        row_number() over (partition by tariff_code order by valid_from) as place
    from {{ ref('dim_tariff') }}
),

two_part as (
    select distinct tariff_code from {{ ref('tariff_charge') }}
    where charge in ('capacity_kva', 'demand_kw')
)

select
    months.account_no,
    months.month,
    months.month_end,
    months.category,
    months.is_closed,
    {% for column in tag_features() if column not in ['category', 'is_closed'] %}
    months.{{ column }},
    {% endfor %}
    tariffs.kind as tariff_kind,
    two_part.tariff_code is not null as is_two_part,
    {% for product in enrolled_products() %}
    case when months.is_enrolled_{{ product }} then 1 else 0 end{{ " +" if not loop.last }}
    {% endfor %} as enrolled_products,
    {% for channel in channels %}
    case when months.may_contact_by_{{ channel }} is not null then 1 else 0 end{{ " +" if not loop.last }}
    {% endfor %} as consents_told,
    {% for channel in channels %}
    case when months.may_contact_by_{{ channel }} then 1 else 0 end{{ " +" if not loop.last }}
    {% endfor %} as consents_given,
    cuts.top_usage_kwh,
    cuts.high_usage_kwh,
    cuts.top_billed_cny,
    cuts.high_billed_cny
from {{ ref('account_month') }} as months
left join {{ ref('int_tags__cut') }} as cuts on months.month = cuts.month and months.category = cuts.category
-- A tariff keeps its kind.
left join tariffs on months.tariff_code = tariffs.tariff_code and tariffs.place = 1
left join two_part on months.tariff_code = two_part.tariff_code
