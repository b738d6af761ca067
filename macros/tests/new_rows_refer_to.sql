{# Newly landed rows without a partner: dbt's `relationships` where all rows of a year are too many for every day. #}
{% test new_rows_refer_to(model, column_name, to, field) %}
    select child.*
    from {{ model }} as child
    left join {{ to }} as parent on child.{{ column_name }} = parent.{{ field }}
    where child.load_date >= {{ changed_from() }} and child.{{ column_name }} is not null and parent.{{ field }} is null
{% endtest %}
