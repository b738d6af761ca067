{# Newly landed rows whose day is after another one, which it can't be. #}
{% test new_rows_not_after(model, column, latest) %}
    select *
    from {{ model }}
    where {{ column }} > {{ latest }} and load_date >= {{ changed_from() }}
{% endtest %}
