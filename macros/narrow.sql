{#
  A sum in the width that its unit needs: the engine's own is 38 digits wide, four times the bytes of an account's energy in
  a year. Squares and products keep theirs.
#}
{% macro narrow(expression, column) -%}
    {%- if column.endswith('_kwh') -%}cast({{ expression }} as decimal(18, 4))
    {%- elif column.endswith('_days') -%}cast({{ expression }} as integer)
    {%- else -%}{{ expression }}{%- endif -%}
{%- endmacro %}
