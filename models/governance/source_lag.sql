-- source_lag: one row per entity, load date and whole days from event to landing: how many rows took so long.
-- The load with which an entity began is left out: it brings history, which was not late.
{% set dated = [] %}
{% for source_name, entity in staged_entities() %}
{% set event = contract_entity(source_name, entity).event %}
{% if event %}{% do dated.append([source_name, entity, event]) %}{% endif %}
{% endfor %}
{{ config(
    materialized=day_by_day(),
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ delete_changed('load_date >= ' ~ changed_from()) }}"
) }}
with begun as (
    select
        source,
        entity,
        min(load_date) as first_load_date
    from {{ ref('landing_file') }}
    where status = 'accepted'
    group by source, entity
),

lags as (
    {% for source_name, entity, event in dated %}
    select
        '{{ source_name }}' as source,
        '{{ entity }}' as entity,
        load_date,
        {{ dbt.datediff('cast(' ~ event ~ ' as date)', 'load_date', 'day') }} as lag_days,
        count(*) as rows_landed
    from {{ source(source_name, entity) }}
    where
        breach_reasons is null
        and {{ event }} is not null
        and load_date <= {{ as_of_date() }}
        {% if is_incremental() %}
        and load_date >= {{ changed_from() }}
        {% endif %}
    group by load_date, {{ dbt.datediff('cast(' ~ event ~ ' as date)', 'load_date', 'day') }}
    {{ "union all" if not loop.last }}
    {% endfor %}
)

select
    lags.source,
    lags.entity,
    lags.load_date,
    cast(lags.lag_days as integer) as lag_days,
    cast(lags.rows_landed as bigint) as rows_landed
from lags
inner join begun on lags.source = begun.source and lags.entity = begun.entity
where lags.load_date > begun.first_load_date
