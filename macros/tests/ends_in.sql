{# Rows in which the current state of a type 2 history and the table of what is now so differ, or that only one of them has. #}
{% test ends_in(model, now, columns) %}
    with current_rows as (select {{ columns | join(', ') }} from {{ model }} where is_current),
    now_rows as (select {{ columns | join(', ') }} from {{ now }})

    (select * from current_rows except select * from now_rows)
    union all
    (select * from now_rows except select * from current_rows)
{% endtest %}
