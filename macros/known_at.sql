{#
  Whether a row of a version model (known_from, known_until, is_first) is what was known at the end of a day.
  Before anything was known the first version counts: a record that landed late is better than none.
#}
{% macro known_at(versions, moment) -%}
    ({{ versions }}.known_from <= {{ moment }} or {{ versions }}.is_first)
    and ({{ versions }}.known_until is null or {{ versions }}.known_until > {{ moment }})
{%- endmacro %}
