-- int_usage__known_month: one row per account, month of use and month in which something new became known of it.
-- Most months have two rows: the read of the last day lands in the month after. A correction, the weather of a day or a meter's
-- removal that landed later adds one. What is known of a row is what was known on its day changed_on, and never changes again.
{{ config(
    materialized=day_by_day(),
    incremental_strategy='append',
    pre_hook="{{ delete_changed('known_month >= ' ~ month_of(changed_from())) }}"
) }}
with shared as (
    select distinct account_no from {{ ref('int_core__meter_version') }}
    where shares_account
),

read_changes as (
    select account_no, usage_month, known_month, changed_on
    from {{ ref('int_usage__month_change') }}
    where
        account_no not in (select account_no from shared)
        {% if is_incremental() %}
        and known_month >= {{ month_of(changed_from()) }}
        {% endif %}
    union all
    select
        account_no,
        usage_month,
        known_from_month as known_month,
        max(greatest(load_date, meter_known_from)) as changed_on
    from {{ ref('int_usage__read_version') }}
    where
        shares_account
        {% if is_incremental() %}
        and known_from_month >= {{ month_of(changed_from()) }}
        {% endif %}
    group by account_no, usage_month, known_from_month
),

started as (
    select account_no, usage_month, min(known_month) as first_known_month
    from (
        select account_no, usage_month, known_month from read_changes
        {% if is_incremental() %}
        union all
        select account_no, usage_month, known_month from {{ this }}
        {% endif %}
    ) as every
    group by account_no, usage_month
),

weather_changes as (
    select
        district_code,
        {{ month_of('day') }} as usage_month,
        {{ month_of('known_from') }} as known_month,
        max(known_from) as changed_on
    from {{ ref('int_core__weather_version') }}
    {% if is_incremental() %}
    where known_from >= {{ month_of(changed_from()) }}
    {% endif %}
    group by district_code, {{ month_of('day') }}, {{ month_of('known_from') }}
),

-- An installation or removal told late says of which earlier days a meter is missing.
meter_changes as (
    select
        account_no,
        known_from as changed_on,
        {{ month_of('known_from') }} as known_month,
        case when coalesce(installed_on, date '0001-01-01') <> coalesce(previous_installed_on, date '0001-01-01')
            then least(coalesce(installed_on, previous_installed_on), coalesce(previous_installed_on, installed_on)) end
            as installed_from,
        case when coalesce(removed_on, date '0001-01-01') <> coalesce(previous_removed_on, date '0001-01-01')
            then least(coalesce(removed_on, previous_removed_on), coalesce(previous_removed_on, removed_on)) end
            as removed_from
    from {{ ref('int_core__meter_version') }}
    where
        shares_account and is_told_again
        {% if is_incremental() %}
        and known_from >= {{ month_of(changed_from()) }}
        {% endif %}
),

changes as (
    select account_no, usage_month, known_month, changed_on from read_changes
    union all
    select started.account_no, started.usage_month, weather_changes.known_month, weather_changes.changed_on
    from started
    inner join {{ ref('int_core__account_version') }} as accounts on started.account_no = accounts.account_no
    inner join weather_changes
        on
            accounts.district_code = weather_changes.district_code
            and started.usage_month = weather_changes.usage_month
            and started.first_known_month <= weather_changes.known_month
    union all
    select started.account_no, started.usage_month, meter_changes.known_month, meter_changes.changed_on
    from started
    inner join meter_changes
        on
            started.account_no = meter_changes.account_no
            and started.first_known_month <= meter_changes.known_month
            and (
                started.usage_month >= {{ month_of('meter_changes.installed_from') }}
                or started.usage_month >= {{ month_of('meter_changes.removed_from') }}
            )
)

select
    account_no,
    usage_month,
    known_month,
    max(changed_on) as changed_on
from changes
group by account_no, usage_month, known_month
