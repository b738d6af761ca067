{# Rows of a score source that each day of a month tells again, as last told by the run's date: key columns beside model_name, feature_month. #}
{% macro told_monthly(table) -%}
    select told.*
    from {{ source('scores', table) }} as told
    inner join (
        select
            model_name,
            feature_month,
            max(as_of_date) as last_told_on
        from {{ source('scores', table) }}
        where as_of_date <= {{ as_of_date() }}
        group by model_name, feature_month
    ) as newest
        on
            told.model_name = newest.model_name
            and told.feature_month = newest.feature_month
            and told.as_of_date = newest.last_told_on
{%- endmacro %}
