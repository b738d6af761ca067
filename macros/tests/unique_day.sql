{#
  As `unique_key` of `key` and `day`, for tables too large to sort: a sum of powers of two has as many bits as summands only if all
  are different, so a group a month is enough. `landed_as` as there.
#}
{% test unique_day(model, key, day, landed_as=none) %}
    select {{ key }}, {{ month_of(day) }} as month_start, count(*) as days
    from {{ model }}
    {% if landed_as and run_variable('changed_from') > '1900-01-01' -%}
    where {{ days_within(landed_as[2], changed_days(*landed_as)) }}
    {%- endif %}
    group by {{ key }}, {{ month_of(day) }}
    having coalesce(bit_count(cast(sum({{ shift_left(1, 'extract(day from ' ~ day ~ ') - 1') }}) as bigint)), 0) <> count(*)
        or {{ key }} is null
{% endtest %}
