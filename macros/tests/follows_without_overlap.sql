{# Rows of a type 2 history that end before they begin or reach into the next of their key, and keys without exactly one open row. #}
{% test follows_without_overlap(model, key, from_column, to_column) %}
    with rows_in_order as (
        select
            {{ key | join(', ') }},
            {{ from_column }},
            {{ to_column }},
            lead({{ from_column }}) over (partition by {{ key | join(', ') }} order by {{ from_column }}) as next_from,
            count(case when {{ to_column }} is null then 1 end) over (partition by {{ key | join(', ') }}) as open_rows
        from {{ model }}
    )

    select *
    from rows_in_order
    where {{ to_column }} < {{ from_column }} or {{ to_column }} > next_from or (next_from is not null and {{ to_column }} is null)
        or open_rows <> 1
{% endtest %}
