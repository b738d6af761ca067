{# Rows whose 24 shares of a kind of day are not the parts of one whole, but for the digits that they are rounded to. #}
{% test hour_shares_make_a_day(model, kind) %}
    select *
    from {{ model }}
    where abs(
        {% for hour in range(24) %}{{ kind }}_h{{ '%02d' % hour }}_share {{ "+ " if not loop.last }}{% endfor %}
        - 1
    ) > 0.0000001
{% endtest %}
