-- int_core__meter_version: one row per meter and version of its record, with the days it was the newest known.
with versions as (
    {{ known_versions('ami', 'meters') }}
)

select
    meter_no,
    known_from,
    known_until,
    {{ is_first_version('ami', 'meters') }} as is_first,
    account_no
from versions
