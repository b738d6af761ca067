-- int_core__customer_record: one row per customer number that a customer record or an account names, with its resolved customer.
with numbers as (
    select customer_no from {{ ref('stg_crm__customers') }}
    union distinct
    select customer_no from {{ ref('stg_crm__accounts') }}
    where customer_no is not null
),

resolved as (
    select * from {{ source('identity', 'customer_map') }} where as_of_date = {{ as_of_date() }}
),

named as (
    select
        numbers.customer_no,
        -- A number without a record has nothing to be resolved by.
        coalesce(resolved.founder_no, numbers.customer_no) as founder_no,
        cast(resolved.founded_on as date) as founded_on
    from numbers
    left join resolved on numbers.customer_no = resolved.customer_no
)

select
    customer_no,
    founder_no,
    founded_on,
    {{ dbt.hash("'customer|' || founder_no") }} as customer_id
from named
