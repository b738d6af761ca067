"""The account-month roll-up as a good analyst would write it, in SQL that DuckDB and Spark read.

The newest version of each read, its quality flags, sums by meter and month; no quarantine, no
months of knowledge, no weather.
"""

STATEMENT = """
with reads as (
    select meter_no, read_date, cast(date_trunc('month', read_date) as date) as month, load_date, source_line,
        kwh_total, kwh_sharp, kwh_peak, kwh_flat, kwh_valley, kwh_export,
        read_status = 'actual' as is_actual, coalesce(intervals_read < intervals_expected, false) as is_short
    from landed
    where breach_reasons is null and load_date <= date '{as_of}'
),
repeated as (
    select meter_no, read_date, 1 as is_repeated from reads group by meter_no, read_date having count(*) > 1
),
ranked as (
    select reads.*, row_number() over (
        partition by reads.meter_no, reads.read_date order by reads.load_date desc, reads.source_line desc) as place
    from reads inner join repeated on reads.meter_no = repeated.meter_no and reads.read_date = repeated.read_date
),
kept as (
    select reads.*, 1 as place
    from reads left join repeated on reads.meter_no = repeated.meter_no and reads.read_date = repeated.read_date
    where repeated.is_repeated is null
    union all
    select * from ranked where place = 1
),
levels as (
    select meter_no, month, count(*) as n, sum(kwh_total) as kwh
    from kept where kwh_total >= 0 and not is_short group by meter_no, month
),
judged as (
    select kept.*, coalesce(kwh_total > 30 and not is_short and n > 10
        and kwh_total * (n - 1) > 8 * (kwh - kwh_total), false) as is_spike
    from kept left join levels on kept.meter_no = levels.meter_no and kept.month = levels.month
),
flagged as (
    select *, kwh_total >= 0 and not is_spike as is_plausible,
        coalesce(kwh_total >= 0 and is_actual and not is_short and not is_spike, false) as is_usable
    from judged
)
select meter_no, month, count(*) as read_days, count(kwh_total) as value_days,
    count(case when is_usable then 1 end) as usable_days,
    sum(case when is_plausible then kwh_total end) as usage_kwh, max(case when is_usable then kwh_total end) as max_kwh,
    sum(case when is_usable then kwh_sharp end) as sharp_kwh, sum(case when is_usable then kwh_peak end) as peak_kwh,
    sum(case when is_usable then kwh_flat end) as flat_kwh, sum(case when is_usable then kwh_valley end) as valley_kwh,
    sum(kwh_export) as export_kwh
from flagged group by meter_no, month
"""  # noqa: E501


def check(days, energy) -> str:
    """What all contenders must agree on."""
    return f"{days} days, {float(energy):.1f} kWh"
