-- rep_ami__daily_reads: one row per valid read of a meter and day that landed more than once.
{{ config(
    materialized=day_by_day(),
    incremental_strategy='append',
    pre_hook="{{ delete_changed(days_within('read_date', changed_days('ami', 'daily_reads', 'read_date'))) }}"
) }}
{% if is_incremental() %}
{{ find_repeated_rows('ami', 'daily_reads', days_within('read_date', changed_days('ami', 'daily_reads', 'read_date'))) }}
{% else %}
{{ find_repeated_rows('ami', 'daily_reads') }}
{% endif %}
