-- account_month: one row per account and complete month: features from only what was known at that month's end.
{{ config(
    materialized=day_by_day(),
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ delete_changed('month_end >= ' ~ changed_from()) }}"
) }}
{% set features = activity_features() %}
with months as (
    select
        month,
        cast(count(*) as integer) as days_in_month,
        cast(count(case when is_workday then 1 end) as integer) as workdays_in_month,
        cast(count(case when holiday_name is not null then 1 end) as integer) as holidays_in_month,
        max(case when holiday_name like '%Spring Festival%' or holiday_name like '%春节%' then 1 else 0 end) = 1 as is_spring_festival
    from {{ ref('dim_date') }}
    group by month
),

joined as (
    select
        calendar.*,
        usage.value_days_3m,
        usage.estimated_days_3m,
        usage.short_days_3m,
        usage.usable_days_1m,
        usage.usable_days_3m,
        usage.usable_days_12m,
        usage.expected_days_1m,
        usage.expected_days_3m,
        usage.usage_kwh_1m,
        usage.usage_kwh_12m,
        usage.usable_kwh_1m,
        usage.usable_kwh_3m,
        usage.usable_kwh_12m,
        usage.usable_kwh_sq_12m,
        usage.max_kwh_12m,
        usage.zero_days_12m,
        usage.work_days_12m,
        usage.work_kwh_12m,
        usage.winter_usable_days_12m as winter_days_12m,
        usage.winter_usable_kwh_12m as winter_kwh_12m,
        usage.summer_usable_days_12m as summer_days_12m,
        usage.summer_usable_kwh_12m as summer_kwh_12m,
        usage.tou_days_12m,
        usage.usable_days_12m - usage.work_days_12m as free_days_12m,
        usage.usable_kwh_12m - coalesce(usage.work_kwh_12m, 0) as free_kwh_12m,
        usage.tou_sharp_kwh_12m + usage.tou_peak_kwh_12m as tou_peak_kwh_12m,
        usage.tou_valley_kwh_12m,
        usage.tou_sharp_kwh_12m + usage.tou_peak_kwh_12m + usage.tou_flat_kwh_12m + usage.tou_valley_kwh_12m as tou_kwh_12m,
        usage.export_kwh_12m,
        usage.last_value_month,
        response.weather_days,
        response.weather_kwh,
        response.hdd,
        response.cdd,
        response.base_load_kwh_per_day,
        response.heating_kwh_per_hdd,
        response.cooling_kwh_per_cdd,
        response.heating_t,
        response.cooling_t,
        response.weather_r2,
        response.heating_kwh,
        response.cooling_kwh,
        bills.bills_12m,
        bills.due_bills_12m,
        bills.billed_cny_12m,
        bills.paid_cny_12m,
        bills.overdue_bills_12m,
        bills.late_bills_12m,
        bills.late_days_12m,
        bills.arrears_cny,
        bills.last_billing_month,
        usage.zero_days_1m,
        usage.zero_days_3m,
        usage.work_days_3m,
        usage.work_kwh_3m,
        usage.tou_days_3m,
        usage.tou_sharp_kwh_3m,
        usage.tou_peak_kwh_3m,
        usage.tou_flat_kwh_3m,
        usage.tou_valley_kwh_3m,
        usage.tou_sharp_kwh_12m,
        usage.tou_flat_kwh_12m,
        usage.spike_days_12m,
        usage.negative_days_12m,
        usage.usable_kwh_sq_1m,
        usage.usable_days_before_1m,
        usage.usable_kwh_before_1m,
        usage.usable_days_before_3m,
        usage.usable_kwh_before_3m,
        usage.max_kwh_1m,
        usage.max_kwh_3m,
        usage.used_months_12m,
        usage.read_months_12m,
        usage.highest_month_kwh_12m,
        usage.lowest_month_kwh_12m,
        year_before.usable_days_1m as usable_days_year_before,
        year_before.usable_kwh_1m as usable_kwh_year_before,
        bills.bills_3m,
        bills.billed_cny_1m,
        bills.billed_cny_3m,
        bills.billed_kwh_12m,
        bills.highest_bill_cny_12m,
        bills.lowest_bill_cny_12m,
        bills.late_bills_4m,
        bills.very_late_bills_12m,
        bills.very_late_bills_4m,
        bills.last_bill_days_late,
        bills.early_days_12m,
        bills.early_days_4m,
        bills.due_bills_4m,
        bills.longest_days_late_12m,
        bills.oldest_overdue_days,
        bills.paid_cny_3m,
        bills.payments_12m,
        bills.digital_payments_12m,
        bills.counter_payments_12m,
        bills.debit_payments_12m,
        bills.prepaid_payments_12m,
        {% for feature, codes, windows in features.counts %}{% for months in windows %}
        activity.{{ feature }}_{{ months }}m,
        {% endfor %}{% endfor %}
        {% for feature, codes in features.lasts %}
        activity.last_{{ feature }}_month,
        {% endfor %}
        activity.outage_minutes_3m,
        activity.outage_minutes_12m,
        activity.longest_outage_minutes_12m,
        activity.hours_to_close_12m,
        activity.closed_orders_12m,
        activity.satisfaction_12m,
        activity.least_satisfaction_12m,
        activity.survey_score_12m,
        activity.recovered_kwh_12m,
        {% for product in enrolled_products() %}
        coalesce(reach.is_enrolled_{{ product }}, false) as is_enrolled_{{ product }},
        {% endfor %}
        {% for channel in consent_channels() %}
        reach.may_contact_by_{{ channel }},
        {% endfor %}
        curves.curve_hours_3m,
        curves.peak_hour_3m,
        curves.night_share_3m,
        curves.day_load_factor_3m,
        dates.days_in_month,
        dates.workdays_in_month,
        dates.holidays_in_month,
        dates.is_spring_festival,
        -- What the year before would have used in this year's weather.
        case
            when before.weather_days >= {{ threshold('yoy_min_days') }} and response.weather_days >= {{ threshold('yoy_min_days') }}
                then
                    before.base_load_kwh_per_day * response.weather_days
                    + coalesce(before.heating_kwh_per_hdd, 0) * response.hdd
                    + coalesce(before.cooling_kwh_per_cdd, 0) * response.cdd
        end as kwh_as_year_before
    from {{ ref('int_core__account_calendar') }} as calendar
    inner join {{ ref('int_usage__account_window') }} as usage
        on calendar.account_no = usage.account_no and calendar.month = usage.month
    left join {{ ref('int_usage__weather_response') }} as response
        on calendar.account_no = response.account_no and calendar.month = response.month
    left join {{ ref('int_usage__weather_response') }} as before
        on calendar.account_no = before.account_no and before.month = {{ add_months('calendar.month', -12) }}
    left join {{ ref('int_billing__account_window') }} as bills
        on calendar.account_no = bills.account_no and calendar.month = bills.month
    left join {{ ref('int_usage__account_window') }} as year_before
        on calendar.account_no = year_before.account_no and year_before.month = {{ add_months('calendar.month', -12) }}
    left join {{ ref('int_activity__account_window') }} as activity
        on calendar.account_no = activity.account_no and calendar.month = activity.month
    left join {{ ref('int_activity__account_reach') }} as reach
        on calendar.account_no = reach.account_no and calendar.month = reach.month
    left join {{ ref('int_usage__curve_window') }} as curves
        on calendar.account_no = curves.account_no and calendar.month = curves.month
    inner join months as dates on calendar.month = dates.month
    {% if is_incremental() %}
    where calendar.month_end >= {{ changed_from() }}
    {% endif %}
),

measured as (
    select
        *,
        1 - {{ ratio('coalesce(value_days_3m, 0)', 'expected_days_3m') }} as missing_share_3m,
        {{ ratio('estimated_days_3m', 'value_days_3m') }} as estimated_share_3m,
        {{ ratio('short_days_3m', 'value_days_3m') }} as short_share_3m,
        usable_days_12m >= {{ threshold('mean_min_days') }} as has_year,
        {{ ratio('usable_kwh_12m', 'usable_days_12m') }} as mean_kwh,
        tou_days_12m >= {{ threshold('tou_min_days') }} as has_tou
    from joined
),

features as (
    select
        account_no,
        month,
        month_end,
        -- attributes
        category,
        org_code,
        district_code,
        tariff_code,
        source_group_code,
        contract_capacity_kva,
        {{ months_between('opened_on', 'month') }} as tenure_months,
        closed_on is not null as is_closed,
        -- quality of what the features rest on
        cast(expected_days_1m as integer) as expected_days_1m,
        cast(coalesce(usable_days_1m, 0) as integer) as usable_days_1m,
        cast(coalesce(usable_days_12m, 0) as integer) as usable_days_12m,
        missing_share_3m,
        estimated_share_3m,
        short_share_3m,
        case
            when value_days_3m > 0
                then greatest(
                    0,
                    1
                    - cast({{ threshold('quality_weight_missing') }} as double) * missing_share_3m
                    - cast({{ threshold('quality_weight_estimated') }} as double) * estimated_share_3m
                    - cast({{ threshold('quality_weight_short') }} as double) * short_share_3m
                )
            else 0
        end as quality_score,
        {{ months_between('last_value_month', 'month') }} as months_since_last_read,
        -- level
        cast(usage_kwh_1m as decimal(18, 4)) as usage_kwh_1m,
        cast(usage_kwh_12m as decimal(18, 4)) as usage_kwh_12m,
        {{ ratio('usable_kwh_1m', 'usable_days_1m') }} as mean_daily_kwh_1m,
        {{ ratio('usable_kwh_3m', 'usable_days_3m') }} as mean_daily_kwh_3m,
        case when has_year then mean_kwh end as mean_daily_kwh_12m,
        case when has_year then cast(max_kwh_12m as decimal(14, 4)) end as max_daily_kwh_12m,
        -- shape
        case when has_year then {{ ratio('zero_days_12m', 'usable_days_12m') }} end as zero_day_share_12m,
        case when has_year then
            sqrt(greatest({{ ratio('usable_kwh_sq_12m', 'usable_days_12m') }} - mean_kwh * mean_kwh, 0)) / nullif(mean_kwh, 0)
        end as daily_cv_12m,
        case
            when free_days_12m >= {{ threshold('weekend_min_days') }} and work_days_12m >= {{ threshold('weekend_min_days') }}
                then {{ ratio('free_kwh_12m', 'free_days_12m') }} / nullif({{ ratio('work_kwh_12m', 'work_days_12m') }}, 0)
        end as weekend_ratio_12m,
        case when winter_days_12m >= {{ threshold('season_min_days') }}
            then {{ ratio('winter_kwh_12m', 'winter_days_12m') }} end as winter_mean_daily_kwh_12m,
        case when summer_days_12m >= {{ threshold('season_min_days') }}
            then {{ ratio('summer_kwh_12m', 'summer_days_12m') }} end as summer_mean_daily_kwh_12m,
        case
            when winter_days_12m >= {{ threshold('season_min_days') }} and summer_days_12m >= {{ threshold('season_min_days') }}
                then {{ ratio('winter_kwh_12m', 'winter_days_12m') }} / nullif({{ ratio('summer_kwh_12m', 'summer_days_12m') }}, 0)
        end as winter_summer_ratio_12m,
        case when has_tou then {{ ratio('tou_peak_kwh_12m', 'tou_kwh_12m') }} end as peak_share_12m,
        case when has_tou then {{ ratio('tou_valley_kwh_12m', 'tou_kwh_12m') }} end as valley_share_12m,
        cast(export_kwh_12m as decimal(18, 4)) as export_kwh_12m,
        -- weather response
        weather_days as weather_days_12m,
        base_load_kwh_per_day,
        heating_kwh_per_hdd,
        cooling_kwh_per_cdd,
        heating_t,
        cooling_t,
        weather_r2,
        case when heating_kwh_per_hdd is not null then heating_kwh end as heating_kwh_12m,
        case when cooling_kwh_per_cdd is not null then cooling_kwh end as cooling_kwh_12m,
        case when weather_kwh > 0 and heating_kwh_per_hdd is not null
            then least({{ ratio('heating_kwh', 'weather_kwh') }}, 1) end as heating_share_12m,
        case when weather_kwh > 0 and cooling_kwh_per_cdd is not null
            then least({{ ratio('cooling_kwh', 'weather_kwh') }}, 1) end as cooling_share_12m,
        case when kwh_as_year_before > 0 then weather_kwh / kwh_as_year_before - 1 end as usage_change_yoy,
        -- bills
        cast(bills_12m as integer) as bills_12m,
        cast(billed_cny_12m as decimal(18, 2)) as billed_cny_12m,
        cast(paid_cny_12m as decimal(18, 2)) as paid_cny_12m,
        cast(overdue_bills_12m as integer) as overdue_bills_12m,
        {{ ratio('late_bills_12m', 'due_bills_12m') }} as late_bill_share_12m,
        {{ ratio('late_days_12m', 'due_bills_12m') }} as mean_days_late_12m,
        cast(arrears_cny as decimal(18, 2)) as arrears_cny,
        {{ months_between('last_billing_month', 'month') }} as months_since_last_bill,
        -- profile
        industry_code,
        supply_mode,
        cast(voltage_kv as decimal(8, 3)) as voltage_kv,
        is_suspended,
        {{ ratio('usage_kwh_12m', 'contract_capacity_kva') }} as utilisation_hours_12m,
        -- level and change
        cast(max_kwh_1m as decimal(14, 4)) as max_daily_kwh_1m,
        cast(max_kwh_3m as decimal(14, 4)) as max_daily_kwh_3m,
        {{ ratio('usable_kwh_before_1m', 'usable_days_before_1m') }} as mean_daily_kwh_month_before,
        {{ ratio('usable_kwh_before_3m', 'usable_days_before_3m') }} as mean_daily_kwh_quarter_before,
        {{ ratio('usable_kwh_year_before', 'usable_days_year_before') }} as mean_daily_kwh_year_before,
        {{ ratio(ratio('usable_kwh_1m', 'usable_days_1m'), ratio('usable_kwh_before_1m', 'usable_days_before_1m')) }} - 1 as usage_change_1m,
        {{ ratio(ratio('usable_kwh_3m', 'usable_days_3m'), ratio('usable_kwh_before_3m', 'usable_days_before_3m')) }} - 1 as usage_change_3m,
        {{ ratio(ratio('usable_kwh_1m', 'usable_days_1m'), ratio('usable_kwh_year_before', 'usable_days_year_before')) }} - 1
            as usage_change_same_month,
        {{ ratio(ratio('usable_kwh_3m', 'usable_days_3m'), 'mean_kwh') }} as quarter_to_year_ratio,
        {{ ratio(ratio('usable_kwh_1m', 'usable_days_1m'), 'mean_kwh') }} as month_to_year_ratio,
        highest_month_kwh_12m as highest_month_daily_kwh_12m,
        lowest_month_kwh_12m as lowest_month_daily_kwh_12m,
        {{ ratio('lowest_month_kwh_12m', 'highest_month_kwh_12m') }} as lowest_to_highest_month_12m,
        cast(coalesce(used_months_12m, 0) as integer) as used_months_12m,
        cast(coalesce(read_months_12m, 0) as integer) as read_months_12m,
        -- shape
        {{ ratio('zero_days_1m', 'usable_days_1m') }} as zero_day_share_1m,
        {{ ratio('zero_days_3m', 'usable_days_3m') }} as zero_day_share_3m,
        {{ ratio('max_kwh_12m', 'mean_kwh') }} as highest_to_mean_day_12m,
        sqrt(greatest(
            {{ ratio('usable_kwh_sq_1m', 'usable_days_1m') }}
            - {{ ratio('usable_kwh_1m', 'usable_days_1m') }} * {{ ratio('usable_kwh_1m', 'usable_days_1m') }}, 0
        )) / nullif({{ ratio('usable_kwh_1m', 'usable_days_1m') }}, 0) as daily_cv_1m,
        {{ ratio(
            ratio('usable_kwh_3m - work_kwh_3m', 'usable_days_3m - work_days_3m'), ratio('work_kwh_3m', 'work_days_3m')
        ) }} as weekend_ratio_3m,
        case when has_tou then {{ ratio('tou_sharp_kwh_12m', 'tou_kwh_12m') }} end as sharp_share_12m,
        case when has_tou then {{ ratio('tou_flat_kwh_12m', 'tou_kwh_12m') }} end as flat_share_12m,
        {{ ratio('tou_sharp_kwh_3m + tou_peak_kwh_3m', 'tou_sharp_kwh_3m + tou_peak_kwh_3m + tou_flat_kwh_3m + tou_valley_kwh_3m') }}
            as peak_share_3m,
        {{ ratio('tou_valley_kwh_3m', 'tou_sharp_kwh_3m + tou_peak_kwh_3m + tou_flat_kwh_3m + tou_valley_kwh_3m') }} as valley_share_3m,
        {{ ratio('export_kwh_12m', 'usage_kwh_12m') }} as export_ratio_12m,
        coalesce(curve_hours_3m, 0) as curve_hours_3m,
        peak_hour_3m,
        night_share_3m,
        day_load_factor_3m,
        -- weather
        cast(hdd as double) as hdd_12m,
        cast(cdd as double) as cdd_12m,
        {{ ratio('base_load_kwh_per_day * weather_days', 'weather_kwh') }} as base_load_share_12m,
        -- quality
        cast(coalesce(spike_days_12m, 0) as integer) as spike_days_12m,
        cast(coalesce(negative_days_12m, 0) as integer) as negative_days_12m,
        -- billing
        cast(coalesce(bills_3m, 0) as integer) as bills_3m,
        cast(billed_cny_1m as decimal(18, 2)) as billed_cny_1m,
        cast(billed_cny_3m as decimal(18, 2)) as billed_cny_3m,
        {{ ratio('billed_cny_12m', 'bills_12m') }} as mean_bill_cny_12m,
        cast(highest_bill_cny_12m as decimal(18, 2)) as highest_bill_cny_12m,
        cast(lowest_bill_cny_12m as decimal(18, 2)) as lowest_bill_cny_12m,
        {{ ratio('billed_cny_1m', ratio('billed_cny_12m', 'bills_12m')) }} - 1 as bill_change_1m,
        {{ ratio('billed_cny_12m', 'billed_kwh_12m') }} as mean_price_cny_per_kwh_12m,
        -- payment
        cast(coalesce(late_bills_4m, 0) as integer) as late_bills_4m,
        cast(coalesce(very_late_bills_4m, 0) as integer) as very_late_bills_4m,
        cast(coalesce(very_late_bills_12m, 0) as integer) as very_late_bills_12m,
        cast(last_bill_days_late as integer) as last_bill_days_late,
        {{ ratio('early_days_12m', 'due_bills_12m') }} as mean_days_early_12m,
        {{ ratio('early_days_4m', 'due_bills_4m') }} as mean_days_early_4m,
        cast(coalesce(longest_days_late_12m, 0) as integer) as longest_days_late_12m,
        cast(coalesce(oldest_overdue_days, 0) as integer) as oldest_overdue_days,
        {{ ratio('arrears_cny', ratio('billed_cny_12m', 'bills_12m')) }} as arrears_in_bills,
        cast(paid_cny_3m as decimal(18, 2)) as paid_cny_3m,
        cast(coalesce(payments_12m, 0) as integer) as payments_12m,
        {{ ratio('digital_payments_12m', 'payments_12m') }} as digital_payment_share_12m,
        {{ ratio('counter_payments_12m', 'payments_12m') }} as counter_payment_share_12m,
        {{ ratio('debit_payments_12m', 'payments_12m') }} as debit_payment_share_12m,
        {{ ratio('prepaid_payments_12m', 'payments_12m') }} as prepaid_payment_share_12m,
        -- service, connection, grid, marketing, collection: counts of events
        {% for feature, codes, windows in features.counts %}{% for months in windows %}
        cast(coalesce({{ feature }}_{{ months }}m, 0) as integer) as {{ feature }}_{{ months }}m,
        {% endfor %}{% endfor %}
        {% for feature, codes in features.lasts %}
        {{ months_between('last_' ~ feature ~ '_month', 'month') }} as months_since_last_{{ feature }},
        {% endfor %}
        cast(coalesce(outage_minutes_3m, 0) as decimal(18, 2)) as outage_minutes_3m,
        cast(coalesce(outage_minutes_12m, 0) as decimal(18, 2)) as outage_minutes_12m,
        cast(coalesce(longest_outage_minutes_12m, 0) as decimal(18, 2)) as longest_outage_minutes_12m,
        {{ ratio('hours_to_close_12m', 'closed_orders_12m') }} as mean_hours_to_close_12m,
        {{ ratio('satisfaction_12m', 'rated_orders_12m') }} as mean_satisfaction_12m,
        cast(least_satisfaction_12m as decimal(6, 2)) as least_satisfaction_12m,
        {{ ratio('survey_score_12m', 'surveys_12m') }} as mean_survey_score_12m,
        cast(coalesce(recovered_kwh_12m, 0) as decimal(18, 2)) as recovered_kwh_12m,
        -- reach
        {% for product in enrolled_products() %}
        is_enrolled_{{ product }},
        {% endfor %}
        {% for channel in consent_channels() %}
        may_contact_by_{{ channel }},
        {% endfor %}
        -- calendar
        cast(month(month) as integer) as month_of_year,
        {{ season_of('month') }} as season,
        days_in_month,
        workdays_in_month,
        holidays_in_month,
        is_spring_festival
    from measured
)

select
    {{ to_the_millionth() }}
from features
