-- entity_freshness: one row per entity of the landing contract: how old its newest load is at the run's date.
with declared as (
    {% for source_name, entity in staged_entities() %}
    {% set contract = contract_entity(source_name, entity) %}
    select
        '{{ source_name }}' as source,
        '{{ entity }}' as entity,
        '{{ contract.owner }}' as owner,
        {{ contract.freshness_days }} as freshness_days
    {{ "union all" if not loop.last }}
    {% endfor %}
),

landed as (
    select
        source,
        entity,
        max(load_date) as newest_load_date,
        cast(sum(rows_landed) as bigint) as rows_landed
    from {{ ref('load_balance') }}
    group by source, entity
)

select
    declared.source,
    declared.entity,
    declared.owner,
    landed.newest_load_date,
    coalesce(landed.rows_landed, 0) as rows_landed,
    declared.freshness_days,
    cast({{ dbt.datediff('landed.newest_load_date', as_of_date(), 'day') }} as integer) as age_days,
    {{ dbt.datediff('landed.newest_load_date', as_of_date(), 'day') }} <= declared.freshness_days as is_fresh
from declared
left join landed on declared.source = landed.source and declared.entity = landed.entity
