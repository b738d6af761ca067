-- landing_file: one row per file that landed by the run's date, usable or not.
select
    source_file,
    source,
    entity,
    file_load_date as load_date,
    status,
    rows_landed,
    cells_landed,
    cells_filled,
    reason,
    notes,
    bytes,
    sha256
from {{ source('intake', 'files') }}
where file_load_date is null or file_load_date <= {{ as_of_date() }}
