{# Types of the columns that rules may name: account_month's and what int_tags__input adds. Known when dbt runs, not when it parses. #}
{% macro tag_inputs() %}
    {% set types = added_tag_inputs() %}
    {% do types.update({"segment_code": "varchar"}) %}
    {% for product in lead_products() %}{% do types.update({"lead_rank_" ~ product: "integer"}) %}{% endfor %}
    {% if execute %}
        {% for column in graph.nodes["model." ~ project_name ~ ".account_month"].columns.values() %}
            {% do types.update({column.name: column.data_type}) %}
        {% endfor %}
    {% endif %}
    {{ return(types) }}
{% endmacro %}


{# What int_tags__input adds, with types. #}
{% macro added_tag_inputs() %}
    {{ return({
        "tariff_kind": "varchar", "is_two_part": "boolean", "enrolled_products": "integer", "consents_told": "integer",
        "consents_given": "integer", "top_usage_kwh": "decimal", "high_usage_kwh": "decimal", "top_billed_cny": "decimal",
        "high_billed_cny": "decimal"
    }) }}
{% endmacro %}


{# Columns of account_month that rules name. #}
{% macro tag_features() %}
    {% set named = [] %}
    {% set inputs = tag_inputs() %}
    {% set added = added_tag_inputs() %}
    {% for rule in tag_rules() %}
        {% for column in tag_evidence_columns(rule, inputs) if column not in named and column not in added %}
            {% do named.append(column) %}
        {% endfor %}
    {% endfor %}
    {{ return(named) }}
{% endmacro %}


{# Products that model tags ask the leads of. #}
{% macro lead_products() %}
    {% set products = [] %}
    {% for rule in model_tag_rules() %}
        {% for product in modules.re.findall("\\blead_rank_(\\w+)", rule[2]) if product not in products %}
            {% do products.append(product) %}
        {% endfor %}
    {% endfor %}
    {{ return(products) }}
{% endmacro %}


{# Columns that a rule's condition names, in its order; `inputs` is tag_inputs(). #}
{% macro tag_evidence_columns(rule, inputs) %}
    {% set named = [] %}
    {% for word in modules.re.findall("[a-z_][a-z_0-9]*", modules.re.sub("'[^']*'", "", rule[2])) if word in inputs and word not in named %}
        {% do named.append(word) %}
    {% endfor %}
    {{ return(named) }}
{% endmacro %}


{#
  What the columns of a rule say, as text: usage_kwh_12m=120.5000; … To the thousandth where they are floating-point: both engines
  round alike that way, and write a decimal alike. A slope's t of nearly no error is a number that says nothing: none.
#}
{% macro tag_evidence(rule, inputs) -%}
    {%- for column in tag_evidence_columns(rule, inputs) -%}
        {{ "|| '; ' || " if not loop.first -}}
        '{{ column }}=' || coalesce(cast({% if inputs[column] == 'double' -%}
            case when abs({{ column }}) < 1e12 then cast(floor({{ column }} * 1000 + 0.5) as bigint) * cast(0.001 as decimal(4, 3)) end
        {%- else -%}{{ column }}{%- endif %} as {{ dbt.type_string() }}), 'none')
    {%- else -%}''
    {%- endfor -%}
{%- endmacro %}
