-- dim_protection: one row per account protected on the run's date: no sales, and no collection beyond a reminder.
select
    account_no,
    count(*) as kinds,
    {{ dbt.listagg("kind", "', '", "order by kind") }} as kind_codes,
    min(start_on) as protected_since
from {{ ref('stg_crm__protections') }}
where start_on <= {{ as_of_day() }} and (end_on is null or end_on >= {{ as_of_day() }})
group by account_no
