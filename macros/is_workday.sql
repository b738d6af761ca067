{# Whether people work on a day: the statutory calendar (a row of holidays, or none) before the weekday. #}
{% macro is_workday(day, holidays) -%}
    case
        when {{ holidays }}.kind = 'makeup_workday' then true
        when {{ holidays }}.kind = 'holiday' then false
        else {{ iso_weekday(day) }} <= 5
    end
{%- endmacro %}
