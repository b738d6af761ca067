-- int_usage__known_month: one row per account, month of use and month at whose end something new was known of it.
-- Most months have one row; a read, a correction, the weather of a day or a meter's removal that landed in a later month adds one.
with read_changes as (
    select distinct account_no, usage_month, known_from_month as known_month
    from {{ ref('int_usage__read_version') }}
),

started as (
    select account_no, usage_month, min(known_month) as first_known_month
    from read_changes
    group by account_no, usage_month
),

weather_changes as (
    select distinct
        district_code,
        {{ month_of('day') }} as usage_month,
        {{ month_of('known_from') }} as known_month
    from {{ ref('int_core__weather_version') }}
),

-- An installation or removal told late says of which earlier days a meter is missing.
meter_changes as (
    select
        account_no,
        {{ month_of('known_from') }} as known_month,
        case when coalesce(installed_on, date '0001-01-01') <> coalesce(previous_installed_on, date '0001-01-01')
            then least(coalesce(installed_on, previous_installed_on), coalesce(previous_installed_on, installed_on)) end
            as installed_from,
        case when coalesce(removed_on, date '0001-01-01') <> coalesce(previous_removed_on, date '0001-01-01')
            then least(coalesce(removed_on, previous_removed_on), coalesce(previous_removed_on, removed_on)) end
            as removed_from
    from {{ ref('int_core__meter_version') }}
    where shares_account and is_told_again
),

changes as (
    select account_no, usage_month, known_month from read_changes
    union
    select started.account_no, started.usage_month, weather_changes.known_month
    from started
    inner join {{ ref('int_core__account_version') }} as accounts on started.account_no = accounts.account_no
    inner join weather_changes
        on
            accounts.district_code = weather_changes.district_code
            and started.usage_month = weather_changes.usage_month
            and started.first_known_month < weather_changes.known_month
    union
    select started.account_no, started.usage_month, meter_changes.known_month
    from started
    inner join meter_changes
        on
            started.account_no = meter_changes.account_no
            and started.first_known_month < meter_changes.known_month
            and (
                started.usage_month >= {{ month_of('meter_changes.installed_from') }}
                or started.usage_month >= {{ month_of('meter_changes.removed_from') }}
            )
)

select
    account_no,
    usage_month,
    known_month,
    lead(known_month) over (partition by account_no, usage_month order by known_month) as next_known_month
from changes
