{#
  What depends on a source of the landing contract, by the graph of the project: {"marts": …, "marketing_tables": …, "exposures": …},
  the latter two through the scores, which say themselves what they are made of (_scores__sources.yml).
#}
{% macro source_dependants(source_name) %}
    {% if not execute %}{{ return({"marts": 0, "marketing_tables": 0, "exposures": 0}) }}{% endif %}
    {#- Every fact is dated. That the calendar begins with the first read makes nothing depend on reads. -#}
    {% set passed_over = ["dim_date"] %}
    {% set edges = [] %}
    {% for node in graph.nodes.values() if node.resource_type == 'model' and node.name not in passed_over %}
        {% do edges.append([node.unique_id, node.depends_on.nodes]) %}
    {% endfor %}
    {% for exposure in graph.exposures.values() %}{% do edges.append([exposure.unique_id, exposure.depends_on.nodes]) %}{% endfor %}
    {% set reached = {} %}
    {% for node in graph.sources.values() %}
        {% if node.source_name == source_name %}{% do reached.update({node.unique_id: true}) %}{% endif %}
        {% set parents = [] %}
        {% for model in (node.source_meta or {}).get('made_of', []) %}{% do parents.append('model.' ~ node.package_name ~ '.' ~ model) %}{% endfor %}
        {% if parents %}{% do edges.append([node.unique_id, parents]) %}{% endif %}
    {% endfor %}
    {#- No path is longer than there are nodes; the rounds after the last that found something do nothing. -#}
    {% set round = namespace(found=true) %}
    {% for _ in edges if round.found %}
        {% set round.found = false %}
        {% for child, parents in edges if child not in reached %}
            {% for parent in parents if parent in reached and child not in reached %}
                {% do reached.update({child: true}) %}
                {% set round.found = true %}
            {% endfor %}
        {% endfor %}
    {% endfor %}
    {% set counts = namespace(marts=0, marketing_tables=0) %}
    {% for node in graph.nodes.values() if node.unique_id in reached %}
        {% if node.fqn[1] == 'marts' %}{% set counts.marts = counts.marts + 1 %}{% endif %}
        {% if node.fqn[1] == 'marketing' %}{% set counts.marketing_tables = counts.marketing_tables + 1 %}{% endif %}
    {% endfor %}
    {{ return({
        "marts": counts.marts,
        "marketing_tables": counts.marketing_tables,
        "exposures": graph.exposures.keys() | select('in', reached) | list | length
    }) }}
{% endmacro %}


{# How many columns of account_month are of each family: {"billing": …}. Keys are no features. #}
{% macro feature_families() %}
    {% set families = {} %}
    {% if execute %}
        {% for node in graph.nodes.values() if node.resource_type == 'model' and node.name == 'account_month' %}
            {% for column in node.columns.values() %}
                {% set family = (column.config.meta or column.meta).family %}
                {% if family != 'key' %}{% do families.update({family: families.get(family, 0) + 1}) %}{% endif %}
            {% endfor %}
        {% endfor %}
    {% endif %}
    {{ return(families) }}
{% endmacro %}
