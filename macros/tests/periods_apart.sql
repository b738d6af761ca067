{# Of what `columns` name, a period that has no length, or begins before the one before it has ended. Told of what the run can have changed. #}
{% test periods_apart(model, columns) %}
    select *
    from (
        select
            *,
            row_number() over (partition by {{ columns | join(', ') }} order by valid_from) as place,
            lag(valid_to) over (partition by {{ columns | join(', ') }} order by valid_from) as earlier_until
        from {{ model }}
        where valid_to is null or valid_to >= {{ changed_from() }}
    ) as periods
    where valid_to <= valid_from or (place > 1 and (earlier_until is null or earlier_until >= valid_from))
{% endtest %}
