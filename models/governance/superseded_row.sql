-- superseded_row: one row per valid landed row that a newer version of its key replaced.
{% for source_name, entity in staged_entities() %}
{{ superseded_rows(source_name, entity) }}
{{ "union all" if not loop.last }}
{% endfor %}
