-- dim_meter: one row per meter.
with reads as (
    select
        meter_no,
        min(read_date) as first_read_on,
        max(case when usage_kwh is not null then read_date end) as last_read_on
    from {{ ref('stg_ami__daily_reads') }}
    where read_date <= load_date
    group by meter_no
)

select
    meters.meter_no,
    meters.account_no,
    meters.transformer_no,
    meters.ct_ratio,
    meters.installed_on,
    meters.removed_on,
    reads.first_read_on,
    reads.last_read_on
from {{ ref('stg_ami__meters') }} as meters
left join reads on meters.meter_no = reads.meter_no
