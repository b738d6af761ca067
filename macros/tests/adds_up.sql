{# Rows whose total is not the sum of its parts, to the last digit. #}
{% test adds_up(model, total, parts) %}
    select *
    from {{ model }}
    where {{ total }} <> {{ parts | join(' + ') }}
{% endtest %}
