{# Bills of which the settled money is more than the amount due, or has the other sign: no bill takes what it is not owed. #}
{% test settles_no_more_than_due(model) %}
    select bills.bill_no, bills.amount_due_cny, settled.allocated_cny
    from (select bill_no, sum(allocated_cny) as allocated_cny from {{ model }} group by bill_no) as settled
    inner join {{ ref('stg_billing__bills') }} as bills on settled.bill_no = bills.bill_no
    where settled.allocated_cny <> {{ clipped('settled.allocated_cny', 'bills.amount_due_cny') }}
{% endtest %}
