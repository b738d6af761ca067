-- segment_profile: one row per segment and feature: what its accounts are like.
select
    cast(segment_id as integer) as segment_id,
    segment_code,
    segment_name_en,
    segment_name_zh,
    cast(accounts as integer) as accounts,
    share,
    feature,
    segment_median,
    overall_median,
    as_of_date
from {{ source('scores', 'segment_profile') }}
where as_of_date = {{ as_of_date() }}
