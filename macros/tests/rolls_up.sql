{# Columns whose sum over the model is not the sum over the rows of `of` that have its key: something was lost, or counted twice. #}
{% test rolls_up(model, of, key, columns) %}
    with whole as (
        select {% for column in columns %}coalesce(sum({{ column }}), 0) as {{ column }}{{ ", " if not loop.last }}{% endfor %} from {{ model }}
    ),

    parts as (
        select {% for column in columns %}coalesce(sum({{ column }}), 0) as {{ column }}{{ ", " if not loop.last }}{% endfor %}
        from {{ of }}
        where {{ key }} is not null
    )

    {% for column in columns %}
    select '{{ column }}' as column_name, cast(whole.{{ column }} as decimal(28, 4)) as whole, cast(parts.{{ column }} as decimal(28, 4)) as parts
    from whole cross join parts
    where whole.{{ column }} <> parts.{{ column }}
    {{ "union all" if not loop.last }}
    {% endfor %}
{% endtest %}
