-- fct_inspection: one row per inspection on site (用电检查), with what it found and recovered.
select
    inspection_no,
    account_no,
    inspected_at,
    {{ month_of('inspected_at') }} as month,
    kind,
    finding,
    staff_no,
    coalesce(finding in ('theft', 'breach', 'meter_fault'), false) as is_hit,
    recovered_kwh,
    recovered_amount_cny
from {{ ref('stg_process__inspections') }}
