{# Factors whose levels together are not all rated orders: a join that lost or doubled some. #}
{% test marks_every_order_once(model) %}
    select factor, sum(orders) as orders
    from {{ model }}
    group by factor
    having sum(orders) <> (select count(*) from {{ ref('int_service__rated_order') }})
{% endtest %}
