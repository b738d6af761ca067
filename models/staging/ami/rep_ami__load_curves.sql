-- rep_ami__load_curves: one row per valid value of a meter and time that landed more than once.
{{ config(
    materialized=day_by_day(),
    incremental_strategy='append',
    pre_hook="{{ delete_changed(days_within('read_at', changed_days('ami', 'load_curves', 'read_at'))) }}"
) }}
{% if is_incremental() %}
{{ find_repeated_rows('ami', 'load_curves', days_within('read_at', changed_days('ami', 'load_curves', 'read_at'))) }}
{% else %}
{{ find_repeated_rows('ami', 'load_curves') }}
{% endif %}
