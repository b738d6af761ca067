{# Rows whose value is outside the bounds that its definition sets; null is none. #}
{% test within_bounds(model, column, highest, lowest=none) %}
    select *
    from {{ model }}
    where {{ column }} > {{ highest }}{% if lowest is not none %} or {{ column }} < {{ lowest }}{% endif %}
{% endtest %}
