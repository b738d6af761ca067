{# The rules as rows: (tag_code, applies_to, rule, evidence_columns). #}
{% macro tag_descriptions() -%}
    {%- set inputs = tag_inputs() -%}
    select * from (
        values
        {%- for rule in tag_rules() + model_tag_rules() %}
        (
            {%- for text in [rule[0], rule[1], rule[2], tag_evidence_columns(rule, inputs) | join('|')] -%}
            {{ dbt.string_literal(dbt.escape_single_quotes(text)) }}{{ ", " if not loop.last }}
            {%- endfor -%}
        ){{ "," if not loop.last }}
        {%- endfor %}
    ) as rules (tag_code, applies_to, rule, evidence_columns)
{%- endmacro %}


{# Which family of account_month's features a tag rests on: (tag_code, family), a row a pair. Scores rest on use. #}
{% macro tag_families() -%}
    {%- set families = {
        "tariff_kind": "profile", "is_two_part": "profile", "enrolled_products": "reach", "consents_told": "reach",
        "consents_given": "reach", "top_billed_cny": "billing", "high_billed_cny": "billing"
    } -%}
    {%- if execute -%}
        {%- for column in graph.nodes["model." ~ project_name ~ ".account_month"].columns.values() -%}
            {%- do families.update({column.name: (column.config.meta or column.meta).family}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set inputs = tag_inputs() -%}
    {%- set pairs = [] -%}
    {%- for rule in tag_rules() + model_tag_rules() -%}
        {%- for column in tag_evidence_columns(rule, inputs) -%}
            {%- set pair = [rule[0], families.get(column, 'level')] -%}
            {%- if pair not in pairs %}{% do pairs.append(pair) %}{% endif -%}
        {%- endfor -%}
    {%- endfor -%}
    select * from (
        values
        {%- for pair in pairs %}
        ('{{ pair[0] }}', '{{ pair[1] }}'){{ "," if not loop.last }}
        {%- else %}
        ('', '')
        {%- endfor %}
    ) as pairs (tag_code, family)
{%- endmacro %}
