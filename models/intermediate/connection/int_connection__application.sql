-- int_connection__application: one row per application, with the class of voltage that sets its clocks.
with applications as (
    select
        applications.*,
        accounts.category,
        case
            when accounts.voltage_kv is not null then accounts.voltage_kv >= 10
            -- A new connection has no account yet: its size tells.
            else applications.requested_kva >= {{ threshold('high_voltage_from_kva') }}
        end as is_high_voltage
    from {{ ref('stg_process__applications') }} as applications
    left join {{ ref('dim_account') }} as accounts on applications.account_no = accounts.account_no
)

select
    application_no,
    account_no,
    customer_no,
    kind,
    district_code,
    channel,
    requested_kva,
    submitted_at,
    is_high_voltage,
    case
        when is_high_voltage then 'high'
        when is_high_voltage is null then null
        when category is null or category <> 'residential' then 'low_other'
        else 'low_residential'
    end as clock
from applications
