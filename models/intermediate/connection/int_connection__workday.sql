-- int_connection__workday: one row per day, with the working days counted up to its end.
select
    day,
    sum(case when is_workday then 1 else 0 end) over (order by day) as workday_no
from {{ ref('dim_date') }}
