{# Number of a lead: cycle, account and product, so that it is the same on each day of the cycle. #}
{% macro lead_id(relation) -%}
    {{ dbt.hash(
        "cast(" ~ relation ~ ".feature_month as " ~ dbt.type_string() ~ ") || '|' || "
        ~ relation ~ ".account_no || '|' || " ~ relation ~ ".product_code"
    ) }}
{%- endmacro %}
