{# One row per day from `first` to `last` of each row of a relation, as column `day`. #}
{% macro days_between(relation, columns, first, last) -%}
    {{ return(adapter.dispatch('days_between')(relation, columns, first, last)) }}
{%- endmacro %}


{% macro duckdb__days_between(relation, columns, first, last) -%}
    select
        {% for column in columns %}{{ column }}, {% endfor %}
        cast(unnest(generate_series(cast({{ first }} as date), cast({{ last }} as date), interval 1 day)) as date) as day
    from {{ relation }}
    where {{ first }} <= {{ last }}
{%- endmacro %}


{% macro spark__days_between(relation, columns, first, last) -%}
    select
        {% for column in columns %}{{ column }}, {% endfor %}
        explode(sequence(cast({{ first }} as date), cast({{ last }} as date), interval 1 day)) as day
    from {{ relation }}
    where {{ first }} <= {{ last }}
{%- endmacro %}
