{# One row per account that the run's scores were asked of: what rules of model tags (model_tag_rules) read. #}
{% macro scored_accounts() -%}
    select
        segments.account_no,
        segments.segment_id,
        segments.segment_code,
        {%- for product in lead_products() %}
        max(case when leads.product_code = '{{ product }}' then leads.rank end) as lead_rank_{{ product }},
        {%- endfor %}
        cast(max({{ dbt.dateadd('day', -1, add_months('segments.feature_month', 1)) }}) as date) as month_end
    from {{ ref('customer_segment') }} as segments
    left join {{ ref('lead_candidate') }} as leads on segments.account_no = leads.account_no
    where segments.feature_month is not null
    group by segments.account_no, segments.segment_id, segments.segment_code
{%- endmacro %}
