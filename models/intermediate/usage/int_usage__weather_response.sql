-- int_usage__weather_response: one row per account and complete month: degree-day regression over its last 12 months.
-- Ordinary least squares of daily use on heating and cooling degree days (the variable-base degree-day method of
-- Fels 1986 at fixed bases), solved in closed form from the exact sums. A slope needs enough days with degree days;
-- without them the other is fitted alone.
{{ config(
    materialized=day_by_day(),
    incremental_strategy='append',
    pre_hook="{{ delete_changed('last_day(month) >= ' ~ changed_from()) }}"
) }}
with sums as (
    select
        account_no,
        month,
        cast(w_days_12m as double) as n,
        cast(w_kwh_12m as double) as sum_u,
        cast(w_hdd_12m as double) as sum_h,
        cast(w_cdd_12m as double) as sum_c,
        w_hdd_days_12m >= {{ threshold('regression_min_degree_days') }} as has_heating,
        w_cdd_days_12m >= {{ threshold('regression_min_degree_days') }} as has_cooling,
        -- Centred sums. The products are exact decimals; only their difference is rounded.
        cast(w_kwh_sq_12m as double) - cast(w_kwh_12m as double) * cast(w_kwh_12m as double) / w_days_12m as s_uu,
        cast(w_hdd_sq_12m as double) - cast(w_hdd_12m as double) * cast(w_hdd_12m as double) / w_days_12m as s_hh,
        cast(w_cdd_sq_12m as double) - cast(w_cdd_12m as double) * cast(w_cdd_12m as double) / w_days_12m as s_cc,
        cast(w_hdd_cdd_12m as double) - cast(w_hdd_12m as double) * cast(w_cdd_12m as double) / w_days_12m as s_hc,
        cast(w_kwh_hdd_12m as double) - cast(w_kwh_12m as double) * cast(w_hdd_12m as double) / w_days_12m as s_uh,
        cast(w_kwh_cdd_12m as double) - cast(w_kwh_12m as double) * cast(w_cdd_12m as double) / w_days_12m as s_uc
    from {{ ref('int_usage__account_window') }}
    where
        w_days_12m >= {{ threshold('regression_min_days') }}
        {% if is_incremental() %}
        and month_end >= {{ changed_from() }}
        {% endif %}
),

-- Leaving a variable out of the fit is the same as a slope of zero and no cross term.
reduced as (
    select
        account_no,
        month,
        n,
        sum_u,
        sum_h,
        sum_c,
        s_uu,
        has_heating and s_hh > 0 as has_heating,
        has_cooling and s_cc > 0 as has_cooling,
        s_hh,
        s_cc,
        case when has_heating and has_cooling then s_hc else 0 end as s_hc,
        s_uh,
        s_uc
    from sums
),

slopes as (
    select
        *,
        s_hh * s_cc - s_hc * s_hc as determinant,
        case when has_heating then (s_uh * s_cc - case when has_cooling then s_uc else 0 end * s_hc)
            / nullif(s_hh * s_cc - s_hc * s_hc, 0) end as two_heating,
        case when has_cooling then (s_uc * s_hh - case when has_heating then s_uh else 0 end * s_hc)
            / nullif(s_hh * s_cc - s_hc * s_hc, 0) end as two_cooling
    from reduced
),

fitted as (
    select
        *,
        case when has_heating and has_cooling then two_heating when has_heating then s_uh / s_hh end as heating,
        case when has_heating and has_cooling then two_cooling when has_cooling then s_uc / s_cc end as cooling
    from slopes
),

residuals as (
    select
        *,
        (sum_u - coalesce(heating, 0) * sum_h - coalesce(cooling, 0) * sum_c) / n as base_load,
        greatest(s_uu - coalesce(heating, 0) * s_uh - coalesce(cooling, 0) * s_uc, 0) as sse,
        n - 1 - case when heating is not null then 1 else 0 end - case when cooling is not null then 1 else 0 end
            as degrees_of_freedom
    from fitted
),

errors as (
    select
        *,
        sqrt(
            sse / degrees_of_freedom
            * case when cooling is not null then s_cc / nullif(determinant, 0) else 1 / nullif(s_hh, 0) end
        ) as heating_se,
        sqrt(
            sse / degrees_of_freedom
            * case when heating is not null then s_hh / nullif(determinant, 0) else 1 / nullif(s_cc, 0) end
        ) as cooling_se
    from residuals
)

-- Six digits are more than any reading carries, and hide the noise in which engines differ.
select
    account_no,
    month,
    cast(n as integer) as weather_days,
    sum_u as weather_kwh,
    sum_h as hdd,
    sum_c as cdd,
    round(base_load, 6) as base_load_kwh_per_day,
    round(heating, 6) as heating_kwh_per_hdd,
    round(cooling, 6) as cooling_kwh_per_cdd,
    round(heating / nullif(heating_se, 0), 6) as heating_t,
    round(cooling / nullif(cooling_se, 0), 6) as cooling_t,
    round(1 - sse / nullif(s_uu, 0), 6) as weather_r2,
    round(greatest(heating, 0) * sum_h, 6) as heating_kwh,
    round(greatest(cooling, 0) * sum_c, 6) as cooling_kwh
from errors
