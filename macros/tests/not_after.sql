{# Rows whose day is after another one, which it can't be. #}
{% test not_after(model, column, latest) %}
    select *
    from {{ model }}
    where {{ column }} > {{ latest }}
{% endtest %}
