-- model_card: one row per model of the run.
select
    model_name,
    trained_from,
    trained_to,
    cast(rows as bigint) as training_rows,
    features,
    metrics,
    parameters,
    library_versions,
    text_en,
    text_zh,
    as_of_date
from {{ source('scores', 'model_card') }}
where as_of_date = {{ as_of_date() }}
