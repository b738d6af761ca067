{#
  The entity's declaration (key, version_by, columns) in the landing contract, so that SQL never repeats it.
  Known only when dbt executes; while it parses, a stand-in with the same shape.
#}
{% macro contract_entity(source_name, entity) %}
    {% set found = namespace(node=none) %}
    {% if execute %}
        {% for node in graph.sources.values() %}
            {% if node.source_name == source_name and node.name == entity %}
                {% set found.node = node %}
            {% endif %}
        {% endfor %}
        {% if not found.node %}
            {{ exceptions.raise_compiler_error("the landing contract has no entity " ~ source_name ~ "/" ~ entity) }}
        {% endif %}
        {% set meta = found.node.config.meta or found.node.meta %}
        {{ return({
            "key": meta["key"],
            "version_by": meta.get("version_by", []),
            "event": meta.get("event"),
            "freshness_days": meta["freshness_days"],
            "owner": (found.node.source_meta or {}).get("owner"),
            "columns": found.node.columns.keys() | list
        }) }}
    {% endif %}
    {{ return({"key": ["k"], "version_by": [], "event": "e", "freshness_days": 0, "owner": "o", "columns": ["k"]}) }}
{% endmacro %}
