-- int_usage__month_retold: one row per account, retold month of use and month of knowledge: sums of all its days as known then.
{{ config(
    materialized=day_by_day(),
    incremental_strategy='append',
    pre_hook="{{ delete_changed(
        '(account_no, usage_month) in (select account_no, usage_month from ' ~ ref('int_usage__month_level')
        ~ ' where changed_on >= ' ~ changed_from() ~ ') or (account_no, usage_month) not in (select account_no, usage_month from '
        ~ ref('int_usage__retold_month') ~ ')'
    ) }}",
    post_hook="{{ insert_other_slices(month_slices(ref('int_usage__retold_month'), 'usage_month', 2)) }}"
) }}
{% set slices = month_slices(ref('int_usage__retold_month'), 'usage_month', 2) %}
with retold as (
    select account_no, usage_month from {{ ref('int_usage__retold_month') }}
    where
        {{ within_slice('usage_month', slices[0]) }}
        {% if is_incremental() %}
        -- What changed was removed above; a month may be retold for the first time.
        and (account_no, usage_month) not in (select account_no, usage_month from {{ this }})
        {% endif %}
),

levels as (
    select
        levels.*,
        -- The day's weather by the district that the record named then.
        accounts.district_code
    from {{ ref('int_usage__month_level') }} as levels
    inner join retold on levels.account_no = retold.account_no and levels.usage_month = retold.usage_month
    left join {{ ref('int_core__account_version') }} as accounts
        on levels.account_no = accounts.account_no and {{ known_at('accounts', 'levels.changed_on') }}
),

days as (
    select
        versions.*,
        levels.known_month,
        levels.changed_on,
        levels.district_code,
        {{ is_spike('versions', 'levels') }} as is_spike
    from {{ ref('int_usage__account_day_version') }} as versions
    inner join levels
        on
            versions.account_no = levels.account_no
            and versions.usage_month = levels.usage_month
            and versions.known_from_month <= levels.known_month
            and (versions.known_until_month is null or versions.known_until_month > levels.known_month)
    where {{ within_slice('versions.day', slices[0]) }}
),

dated as (
    {{ month_days(
        'days', 'weather.known_from <= flagged.changed_on and (weather.known_until is null or weather.known_until > flagged.changed_on)'
    ) }}
)

select
    account_no,
    usage_month,
    known_month,
    {{ kept_month() }}
from dated
group by account_no, usage_month, known_month
