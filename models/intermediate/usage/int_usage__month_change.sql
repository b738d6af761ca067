-- int_usage__month_change: one row per account, month of use and month of knowledge: sums of the days first known in it.
-- The one pass over all reads. Nothing is judged by its neighbours here: months with a possible spike, with anything taken back or with
-- several meters are summed in int_usage__month_retold, and their rows here are not used.
{{ config(
    materialized=day_by_day(),
    incremental_strategy='append',
    pre_hook="{{ delete_changed('known_month >= ' ~ month_of(changed_from())) }}",
    post_hook="{{ insert_other_slices(read_slices()) }}"
) }}
{% set slices = read_slices() %}
with reads as (
    select * from {{ ref('int_usage__read_version') }}
    where
        {{ within_slice('day', slices[0]) }}
        and not shares_account
        {% if is_incremental() %}
        and load_date >= {{ month_of(changed_from()) }}
        {% endif %}
    {% if is_incremental() %}
    -- Reads that waited for the record of their meter.
    union all
    select * from {{ ref('int_usage__read_version') }}
    where
        {{ within_slice('day', slices[0]) }}
        and not shares_account
        and meter_known_from >= {{ month_of(changed_from()) }}
        and load_date < {{ month_of(changed_from()) }}
    {% endif %}
),

days as (
    select
        reads.*,
        accounts.district_code,
        {{ is_comparable('reads') }} as is_comparable,
        false as is_spike
    from reads
    left join {{ ref('int_core__account_version') }} as accounts
        on reads.account_no = accounts.account_no and accounts.known_until is null
),

dated as (
    {{ month_days('days', 'weather.known_until is null') }}
)

select
    account_no,
    usage_month,
    known_from_month as known_month,
    max(greatest(load_date, meter_known_from)) as changed_on,
    -- Its weather may have landed later, unlike that of all other days.
    bool_or(day = cast(last_day(day) as date) and known_from_month = usage_month) as has_early_last_day,
    cast(sum(case when is_comparable then 1 else 0 end) as integer) as comparable_days,
    cast(sum(case when is_comparable then usage_kwh end) as decimal(18, 4)) as comparable_kwh,
    cast(max(case when is_comparable then usage_kwh end) as decimal(14, 4)) as highest_comparable_kwh,
    {{ kept_month() }}
from dated
group by account_no, usage_month, known_from_month
