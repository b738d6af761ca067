-- int_tags__cut: one row per complete month and category: from which value on an account is among the highest of its category.
{{ config(
    materialized=day_by_day(),
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ delete_changed('month_end >= ' ~ changed_from()) }}"
) }}
with ranked as (
    select
        month,
        month_end,
        category,
        usage_kwh_12m,
        billed_cny_12m,
        rank() over (partition by month, category order by usage_kwh_12m desc nulls last) as usage_place,
        count(usage_kwh_12m) over (partition by month, category) as usage_accounts,
        rank() over (partition by month, category order by billed_cny_12m desc nulls last) as billed_place,
        count(billed_cny_12m) over (partition by month, category) as billed_accounts
    from {{ ref('account_month') }}
    where
        not is_closed
        {% if is_incremental() %}
        and month_end >= {{ changed_from() }}
        {% endif %}
)

-- Who shares a place shares the tag. Of too few accounts nobody is among the highest: null.
select
    month,
    max(month_end) as month_end,
    category,
    min(case when usage_place <= usage_accounts * {{ threshold('top_share') }} then usage_kwh_12m end) as top_usage_kwh,
    min(case when usage_place <= usage_accounts * {{ threshold('high_share') }} then usage_kwh_12m end) as high_usage_kwh,
    min(case when billed_place <= billed_accounts * {{ threshold('top_share') }} then billed_cny_12m end) as top_billed_cny,
    min(case when billed_place <= billed_accounts * {{ threshold('high_share') }} then billed_cny_12m end) as high_billed_cny
from ranked
group by month, category
