-- int_core__account_calendar: one row per account and complete month since it was first known, with its record of that time.
{{ config(
    materialized=day_by_day(),
    incremental_strategy='append',
    pre_hook="{{ delete_changed('month_end >= ' ~ changed_from()) }}"
) }}
with first_versions as (
    select account_no, min(known_from) as first_known_on
    from {{ ref('int_core__account_version') }}
    group by account_no
),

first_reads as (
    select account_no, min(known_month) as first_known_month
    from {{ ref('int_usage__known_month') }}
    group by account_no
),

months as (
    select distinct month, month_end
    from {{ ref('dim_date') }}
    where
        month_end <= (select max(day) from {{ ref('dim_date') }})
        {% if is_incremental() %}
        and month_end >= {{ changed_from() }}
        {% endif %}
),

calendar as (
    select
        first_versions.account_no,
        months.month,
        months.month_end
    from first_versions
    left join first_reads on first_versions.account_no = first_reads.account_no
    inner join months
        on months.month >= coalesce(
            least({{ month_of('first_versions.first_known_on') }}, first_reads.first_known_month),
            {{ month_of('first_versions.first_known_on') }}
        )
)

select
    calendar.account_no,
    calendar.month,
    calendar.month_end,
    versions.customer_no,
    versions.category,
    versions.industry_code,
    versions.supply_mode,
    versions.voltage_kv,
    coalesce(versions.status = 'suspended', false) as is_suspended,
    versions.org_code,
    versions.district_code,
    versions.tariff_code,
    versions.source_group_code,
    versions.contract_capacity_kva,
    versions.opened_on,
    -- Closing counts from its day, and only where the record said so by then.
    case when versions.closed_on <= calendar.month_end then versions.closed_on end as closed_on
from calendar
inner join {{ ref('int_core__account_version') }} as versions
    on calendar.account_no = versions.account_no and {{ known_at('versions', 'calendar.month_end') }}
