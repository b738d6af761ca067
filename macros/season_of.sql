{# Meteorological season of a date. #}
{% macro season_of(expression) -%}
    case
        when month({{ expression }}) in (12, 1, 2) then 'winter'
        when month({{ expression }}) in (3, 4, 5) then 'spring'
        when month({{ expression }}) in (6, 7, 8) then 'summer'
        else 'autumn'
    end
{%- endmacro %}
