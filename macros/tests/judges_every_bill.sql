{# Bills without a row: a cause that the seed does not list would drop its bills. #}
{% test judges_every_bill(model) %}
    select bills.bill_no
    from {{ ref('stg_billing__bills') }} as bills
    left join {{ model }} as checks on bills.bill_no = checks.bill_no
    where checks.bill_no is null
{% endtest %}
