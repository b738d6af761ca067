-- lead_resource: one row per limited resource of the cycle's plan: how much of it the plan uses, and what one unit more would bring.
select
    kind,
    code,
    unit,
    capacity,
    used,
    price_cny,
    as_of_date
from {{ source('scores', 'lead_resources') }}
where as_of_date = {{ as_of_date() }}
