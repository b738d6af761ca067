{# Seeds on Spark: dbt-spark's own macros neither escape an apostrophe nor know a null. #}
{% macro spark__create_csv_table(model, agate_table) -%}
    {% set sql %}
        create table {{ this.render() }} (
            {% for column in agate_table.column_names -%}
            {{ column }} {{ _seed_type(model, agate_table, loop.index0) }}{{ ", " if not loop.last }}
            {%- endfor %}
        ) using parquet
    {% endset %}
    {% call statement('_') %}{{ sql }}{% endcall %}
    {{ return(sql) }}
{%- endmacro %}


{% macro spark__load_csv_rows(model, agate_table) -%}
    {% set sql %}
        insert into {{ this.render() }} values
        {% for row in agate_table.rows -%}
        {%- set rank = loop -%}
        (
            {%- for value in row -%}
            cast({{ _seed_literal(value) }} as {{ _seed_type(model, agate_table, loop.index0) }}){{ ", " if not loop.last }}
            {%- endfor -%}
        ){{ ", " if not rank.last }}
        {% endfor %}
    {% endset %}
    {% if agate_table.rows %}{% do adapter.add_query(sql, abridge_sql_log=True) %}{% endif %}
    {{ return(sql) }}
{%- endmacro %}


{% macro _seed_type(model, agate_table, index) -%}
    {% set declared = model.config.get('column_types', {}).get(agate_table.column_names[index]) %}
    {{ return(spark_type(declared or adapter.convert_type(agate_table, index))) }}
{%- endmacro %}


{% macro _seed_literal(value) -%}
    {% if value is none %}{{ return('null') }}{% endif %}
    {{ return("'" ~ (value | string | replace("\\", "\\\\") | replace("'", "\\'")) ~ "'") }}
{%- endmacro %}
