-- int_billing__read_after_bill: one row per bill with reads of its month that landed after its issue: by how much these changed them.
-- Older versions are among the repeated reads, which are few.
with late as (
    select
        bills.bill_no,
        bills.issued_on,
        reads.*
    from {{ ref('stg_ami__daily_reads') }} as reads
    inner join {{ ref('int_core__meter_version') }} as meters
        on reads.meter_no = meters.meter_no and {{ known_at('meters', 'reads.read_date') }}
    inner join {{ ref('stg_billing__bills') }} as bills
        on
            meters.account_no = bills.account_no
            and bills.billing_month = {{ month_of('reads.read_date') }}
            and bills.issued_on < reads.load_date
    -- Few reads land in a later month than their own.
    where {{ month_of('reads.load_date') }} > {{ month_of('reads.read_date') }}
),

known as (
    select
        late.bill_no,
        older.meter_no,
        older.read_date,
        older.kwh_total,
        older.kwh_sharp,
        older.kwh_peak,
        older.kwh_flat,
        older.kwh_valley,
        row_number() over (
            partition by late.bill_no, older.meter_no, older.read_date
            order by {{ newest_first(contract_entity('ami', 'daily_reads'), 'older') }}
        ) as version_rank
    from late
    inner join ({{ repeated_rows('ami', 'daily_reads') }}) as older
        on
            late.meter_no = older.meter_no
            and late.read_date = older.read_date
            and older.load_date <= late.issued_on
)

select
    late.bill_no,
    count(*) as late_reads,
    sum(coalesce(late.usage_kwh, 0) - coalesce(known.kwh_total, 0)) as usage_kwh,
    sum(coalesce(late.sharp_kwh, 0) - coalesce(known.kwh_sharp, 0)) as sharp_kwh,
    sum(coalesce(late.peak_kwh, 0) - coalesce(known.kwh_peak, 0)) as peak_kwh,
    sum(coalesce(late.flat_kwh, 0) - coalesce(known.kwh_flat, 0)) as flat_kwh,
    sum(coalesce(late.valley_kwh, 0) - coalesce(known.kwh_valley, 0)) as valley_kwh
from late
left join known
    on
        late.bill_no = known.bill_no
        and late.meter_no = known.meter_no
        and late.read_date = known.read_date
        and known.version_rank = 1
group by late.bill_no
