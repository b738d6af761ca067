{#
  The quality flags of an account's day: their one home. `day` has usage_kwh, is_estimated, is_short_day; `level` the count
  and sum of the month's comparable days, itself included. Both as known at the same time.
#}
{% macro is_comparable(day) -%}
    coalesce({{ day }}.usage_kwh >= 0 and not {{ day }}.is_short_day, false)
{%- endmacro %}


{% macro is_spike(day, level) -%}
    {#- Against the mean of the account's other days of the month: a spike must not hide behind itself. -#}
    coalesce(
        {{ day }}.usage_kwh > {{ threshold('spike_floor_kwh') }}
        and not {{ day }}.is_short_day
        and {{ level }}.comparable_days > {{ threshold('spike_min_days') }}
        and {{ day }}.usage_kwh * ({{ level }}.comparable_days - 1)
        > {{ threshold('spike_factor') }} * ({{ level }}.comparable_kwh - {{ day }}.usage_kwh),
        false
    )
{%- endmacro %}


{# A relation with usage_kwh, is_estimated, is_short_day and is_spike, and the other flags beside them. #}
{% macro usage_flags(relation) -%}
    select
        judged.*,
        judged.usage_kwh is null as is_missing,
        coalesce(judged.usage_kwh < 0, false) as is_negative,
        coalesce(
            judged.usage_kwh >= 0 and not judged.is_estimated and not judged.is_short_day and not judged.is_spike, false
        ) as is_usable
    from {{ relation }} as judged
{%- endmacro %}
