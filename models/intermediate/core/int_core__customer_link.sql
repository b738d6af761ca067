-- int_core__customer_link: one row per pair of customer records linked for the run's date.
select
    customer_no_a,
    customer_no_b,
    method,
    weight,
    probability,
    id_no_level,
    credit_code_level,
    phone_level,
    name_level,
    address_level,
    id_no_weight,
    credit_code_weight,
    phone_weight,
    name_weight,
    address_weight
from {{ source('identity', 'customer_link') }}
where as_of_date = {{ as_of_date() }}
