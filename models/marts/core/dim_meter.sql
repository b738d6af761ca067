-- dim_meter: one row per meter.
-- A meter that was the only one of one account was read when the account was; of others the reads are looked up.
with others as (
    select meter_no
    from {{ ref('int_core__meter_version') }}
    group by meter_no
    having bool_or(shares_account) or count(distinct account_no) > 1
),

reads as (
    select
        meters.meter_no,
        min(months.first_day) as first_read_on,
        max(months.last_value_day) as last_read_on
    from {{ ref('int_usage__account_month') }} as months
    inner join {{ ref('stg_ami__meters') }} as meters on months.account_no = meters.account_no
    where meters.meter_no not in (select meter_no from others)
    group by meters.meter_no
    union all
    select
        reads.meter_no,
        min(reads.read_date) as first_read_on,
        max(case when reads.usage_kwh is not null then reads.read_date end) as last_read_on
    from {{ ref('stg_ami__daily_reads') }} as reads
    inner join others on reads.meter_no = others.meter_no
    where reads.read_date <= reads.load_date
    group by reads.meter_no
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
