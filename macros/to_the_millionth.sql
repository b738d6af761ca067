{#
  The columns of the model's contract, doubles to the millionth: more than any reading carries, and a third of the room, because a
  quotient's other digits don't compress. Without a contract (a unit test, the linter) all columns as they are.
#}
{% macro to_the_millionth() -%}
    {%- if model is not defined or not model.columns -%}
    *
    {%- else -%}
    {%- for column in model.columns.values() -%}
    {{ 'round(' ~ column.name ~ ', 6) as ' ~ column.name if column.data_type == 'double' else column.name }}{{ ",\n    " if not loop.last }}
    {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
