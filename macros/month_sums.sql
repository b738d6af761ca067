{#
  What a month keeps of its days: their one home. Each sum over days is `of` the columns of `month_days`; sums of sums add up,
  and of extremes and first or last days the extreme counts. Most days are usable, so sums of nearly the same days are `like` each other:
  tables keep such a sum only where it differs, which halves them. It is null where there were none `of_days`.
#}
{% macro month_sums() -%}
    {%- set kwh = 'decimal(18, 4)' -%}
    {%- set valid = 'not is_missing and not is_negative and not is_spike' -%}
    {{ return([
        {'name': 'read_days', 'type': 'integer', 'of': '1'},
        {'name': 'value_days', 'type': 'integer', 'of': 'case when not is_missing then 1 else 0 end'},
        {'name': 'estimated_days', 'type': 'integer', 'of': 'case when is_estimated and not is_missing then 1 else 0 end'},
        {'name': 'short_days', 'type': 'integer', 'of': 'case when is_short_day and not is_missing then 1 else 0 end'},
        {'name': 'doubtful_days', 'type': 'integer', 'of': 'case when is_estimated or is_short_day then 1 else 0 end'},
        {'name': 'negative_days', 'type': 'integer', 'of': 'case when is_negative then 1 else 0 end'},
        {'name': 'spike_days', 'type': 'integer', 'of': 'case when is_spike then 1 else 0 end'},
        {'name': 'read_bits', 'type': 'bigint', 'of': 'day_bit'},
        {'name': 'value_bits', 'type': 'bigint', 'of': 'case when not is_missing then day_bit else 0 end'},
        {'name': 'estimated_bits', 'type': 'bigint', 'of': 'case when is_estimated and not is_missing then day_bit else 0 end'},
        {'name': 'short_bits', 'type': 'bigint', 'of': 'case when is_short_day and not is_missing then day_bit else 0 end'},
        {'name': 'first_day', 'type': 'date', 'of': 'day', 'take': 'min'},
        {'name': 'last_day', 'type': 'date', 'of': 'day', 'take': 'max'},
        {'name': 'last_value_day', 'type': 'date', 'of': 'case when not is_missing then day end', 'take': 'max'},
        {'name': 'usage_kwh', 'type': kwh, 'of': 'case when ' ~ valid ~ ' then usage_kwh end', 'like': 'usable_kwh', 'of_days': 'value_days'},
        {'name': 'export_kwh', 'type': kwh, 'of': 'export_kwh'},
        {'name': 'spike_kwh', 'type': kwh, 'of': 'case when is_spike then usage_kwh end'},
        {'name': 'valid_max_kwh', 'type': 'decimal(14, 4)', 'of': 'case when ' ~ valid ~ ' then usage_kwh end', 'take': 'max',
         'like': 'max_kwh', 'of_days': 'value_days'},
        {'name': 'valid_sharp_kwh', 'type': kwh, 'of': 'case when ' ~ valid ~ ' then sharp_kwh end', 'like': 'sharp_kwh', 'of_days': 'value_days'},
        {'name': 'valid_peak_kwh', 'type': kwh, 'of': 'case when ' ~ valid ~ ' then peak_kwh end', 'like': 'peak_kwh', 'of_days': 'value_days'},
        {'name': 'valid_flat_kwh', 'type': kwh, 'of': 'case when ' ~ valid ~ ' then flat_kwh end', 'like': 'flat_kwh', 'of_days': 'value_days'},
        {'name': 'valid_valley_kwh', 'type': kwh, 'of': 'case when ' ~ valid ~ ' then valley_kwh end', 'like': 'valley_kwh', 'of_days': 'value_days'},
        {'name': 'usable_days', 'type': 'integer', 'of': 'case when is_usable then 1 else 0 end'},
        {'name': 'usable_kwh', 'type': kwh, 'of': 'case when is_usable then usage_kwh end'},
        {'name': 'usable_kwh_sq', 'type': 'decimal(38, 8)', 'of': 'case when is_usable then kwh_sq end'},
        {'name': 'max_kwh', 'type': 'decimal(14, 4)', 'of': 'case when is_usable then usage_kwh end', 'take': 'max'},
        {'name': 'zero_days', 'type': 'integer', 'of': 'case when is_usable and usage_kwh = 0 then 1 else 0 end'},
        {'name': 'work_days', 'type': 'integer', 'of': 'case when is_usable and is_workday then 1 else 0 end'},
        {'name': 'work_kwh', 'type': kwh, 'of': 'case when is_usable and is_workday then usage_kwh end'},
        {'name': 'sharp_kwh', 'type': kwh, 'of': 'case when is_usable then sharp_kwh end'},
        {'name': 'peak_kwh', 'type': kwh, 'of': 'case when is_usable then peak_kwh end'},
        {'name': 'flat_kwh', 'type': kwh, 'of': 'case when is_usable then flat_kwh end'},
        {'name': 'valley_kwh', 'type': kwh, 'of': 'case when is_usable then valley_kwh end'},
        {'name': 'tou_days', 'type': 'integer', 'of': 'case when is_tou_day then 1 else 0 end'},
        {'name': 'tou_sharp_kwh', 'type': kwh, 'of': 'case when is_tou_day then coalesce(sharp_kwh, 0) end',
         'like': 'sharp_kwh', 'of_days': 'tou_days'},
        {'name': 'tou_peak_kwh', 'type': kwh, 'of': 'case when is_tou_day then peak_kwh end', 'like': 'peak_kwh', 'of_days': 'tou_days'},
        {'name': 'tou_flat_kwh', 'type': kwh, 'of': 'case when is_tou_day then coalesce(flat_kwh, 0) end', 'like': 'flat_kwh', 'of_days': 'tou_days'},
        {'name': 'tou_valley_kwh', 'type': kwh, 'of': 'case when is_tou_day then valley_kwh end', 'like': 'valley_kwh', 'of_days': 'tou_days'},
        {'name': 'w_days', 'type': 'integer', 'of': 'case when is_weather_day then 1 else 0 end'},
        {'name': 'w_hdd_days', 'type': 'integer', 'of': 'case when is_weather_day and hdd > 0 then 1 else 0 end'},
        {'name': 'w_cdd_days', 'type': 'integer', 'of': 'case when is_weather_day and cdd > 0 then 1 else 0 end'},
        {'name': 'w_kwh', 'type': kwh, 'of': 'case when is_weather_day then usage_kwh end', 'like': 'usable_kwh', 'of_days': 'w_days'},
        {'name': 'w_kwh_sq', 'type': 'decimal(38, 8)', 'of': 'case when is_weather_day then kwh_sq end',
         'like': 'usable_kwh_sq', 'of_days': 'w_days'},
        {'name': 'w_hdd', 'type': 'decimal(18, 4)', 'of': 'case when is_weather_day then hdd end'},
        {'name': 'w_cdd', 'type': 'decimal(18, 4)', 'of': 'case when is_weather_day then cdd end'},
        {'name': 'w_hdd_sq', 'type': 'decimal(18, 4)', 'of': 'case when is_weather_day then hdd * hdd end'},
        {'name': 'w_cdd_sq', 'type': 'decimal(18, 4)', 'of': 'case when is_weather_day then cdd * cdd end'},
        {'name': 'w_hdd_cdd', 'type': 'decimal(18, 4)', 'of': 'case when is_weather_day then hdd * cdd end'},
        {'name': 'w_kwh_hdd', 'type': 'decimal(38, 6)', 'of': 'case when is_weather_day then wide_kwh * hdd end'},
        {'name': 'w_kwh_cdd', 'type': 'decimal(38, 6)', 'of': 'case when is_weather_day then wide_kwh * cdd end'}
    ]) }}
{%- endmacro %}


{# The columns of `month_sums` over days, as tables keep them. #}
{% macro kept_month() -%}
    {%- for sum in month_sums() -%}
    {%- set like = (month_sums() | selectattr('name', 'equalto', sum.like) | first) if sum.like -%}
    {%- set own = month_sum(sum, sum.of) -%}
    {{ 'nullif(' ~ own ~ ', ' ~ month_sum(like, like.of) ~ ')' if like else own }} as {{ sum.name }}{{ ",\n    " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{% macro month_sum(sum, of) -%}
    cast({{ sum.take or 'sum' }}({{ of }}) as {{ sum.type }})
{%- endmacro %}


{# The columns of `month_sums` from rows that tables keep. #}
{% macro told_month(prefix) -%}
    {%- for sum in month_sums() -%}
    {%- if sum.like -%}
    case when {{ prefix }}.{{ sum.of_days }} > 0 then coalesce({{ prefix }}.{{ sum.name }}, {{ prefix }}.{{ sum.like }}) end as {{ sum.name }}
    {%- else -%}
    {{ prefix }}.{{ sum.name }}
    {%- endif -%}{{ ",\n    " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{# The columns of `month_sums` over rows of them. #}
{% macro summed_month() -%}
    {%- for sum in month_sums() -%}
    {{ month_sum(sum, sum.name) }} as {{ sum.name }}{{ ",\n    " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{# The columns of `month_sums`, by name. #}
{% macro month_sum_names(prefix) -%}
    {%- for sum in month_sums() -%}{{ prefix }}.{{ sum.name }}{{ ",\n    " if not loop.last }}{%- endfor -%}
{%- endmacro %}


{#
  Days with what `month_sums` sums: quality flags, calendar, and the weather of `district_code` that `weather_condition` chooses.
  `relation` has the days with is_spike.
#}
{% macro month_days(relation, weather_condition) -%}
    select
        flagged.*,
        -- Wide enough for its own square: a large factory's day in Wh by mistake must reach the gate, not overflow.
        cast(flagged.usage_kwh as decimal(19, 4)) as wide_kwh,
        cast(flagged.usage_kwh as decimal(19, 4)) * flagged.usage_kwh as kwh_sq,
        {{ is_workday('flagged.day', 'holidays') }} as is_workday,
        -- Place of the day in its month as a bit, the first lowest: days of a month fit into one number.
        cast({{ shift_left('1', 'day(flagged.day) - 1') }} as bigint) as day_bit,
        weather.hdd,
        weather.cdd,
        flagged.is_usable and weather.hdd is not null as is_weather_day,
        flagged.is_usable and flagged.peak_kwh is not null and flagged.valley_kwh is not null as is_tou_day
    from ({{ usage_flags(relation) }}) as flagged
    left join {{ ref('stg_external__holidays') }} as holidays on flagged.day = holidays.day
    left join {{ ref('int_core__weather_version') }} as weather
        on flagged.district_code = weather.district_code and flagged.day = weather.day and {{ weather_condition }}
{%- endmacro %}
