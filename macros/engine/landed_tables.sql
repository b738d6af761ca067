{#
  What intake, identity and scoring wrote, by its path. DuckDB reads it where it lies (external_location of the sources);
  Spark needs a table of it: one that has no rows of its own and finds its files at each run.
#}
{% macro register_landed_tables() -%}
    {{ return(adapter.dispatch('register_landed_tables')()) }}
{%- endmacro %}


{% macro duckdb__register_landed_tables() -%}
{%- endmacro %}


{% macro spark__register_landed_tables() -%}
    {% if not execute %}{{ return('') }}{% endif %}
    {% set needed = [] %}
    {% for name in selected_resources if name in graph.nodes %}
        {% do needed.extend(graph.nodes[name].depends_on.nodes) %}
    {% endfor %}
    {% for source in graph.sources.values() if source.unique_id in needed %}
        {% set pattern = source.source_meta.external_location.split("'")[1] | replace('{name}', source.name) %}
        {% set table = source.schema ~ '.' ~ source.identifier %}
        {% do run_query('create schema if not exists ' ~ source.schema) %}
        {% do run_query('drop table if exists ' ~ table) %}
        {#- Files of different days may have different columns, as the contract grew. -#}
        {% do run_query(
            "create table " ~ table ~ " using parquet options (path '" ~ pattern.split('/*')[0] ~ "', mergeSchema 'true')"
        ) %}
    {% endfor %}
{%- endmacro %}
