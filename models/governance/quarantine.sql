-- quarantine: one row per landed row that broke a hard rule of the contract.
{% for source_name, entity in staged_entities() %}
select
    '{{ source_name }}' as source,
    '{{ entity }}' as entity,
    load_date,
    source_file,
    source_line,
    breach_columns,
    breach_values,
    breach_reasons
from {{ source(source_name, entity) }}
where breach_reasons is not null and load_date <= {{ as_of_date() }}
{{ "union all" if not loop.last }}
{% endfor %}
