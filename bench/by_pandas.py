"""What an analyst would write: de-duplicate, flag and roll up the reads with pandas.

Written for speed (doubles, vectorised); without quarantine, versions, point in time or exact sums.
"""

import sys

import pandas as pd
import pyarrow.dataset as ds

from bench.measure import report

COLUMNS = [
    "meter_no",
    "read_date",
    "kwh_total",
    "intervals_read",
    "intervals_expected",
    "read_status",
]


def roll_up() -> str:
    files = ds.dataset(f"{sys.argv[1]}/ami/daily_reads", partitioning="hive")
    valid = ds.field("breach_reasons").is_null()
    reads = files.to_table(columns=[*COLUMNS, "load_date"], filter=valid).to_pandas()
    reads["kwh"] = reads["kwh_total"].astype(float)
    reads["read_date"] = pd.to_datetime(reads["read_date"])
    reads = reads.sort_values("load_date").drop_duplicates(["meter_no", "read_date"], keep="last")
    reads["month"] = reads["read_date"].dt.to_period("M")
    short = (reads["intervals_read"] < reads["intervals_expected"]).fillna(False)
    comparable = (reads["kwh"] >= 0) & ~short
    reads["comparable_kwh"] = reads["kwh"].where(comparable)
    group = reads.groupby(["meter_no", "month"])["comparable_kwh"]
    others, total = group.transform("count"), group.transform("sum")
    spike = (
        comparable
        & (others > 10)
        & (reads["kwh"] > 30)
        & (reads["kwh"] * (others - 1) > 8 * (total - reads["kwh"]))
    )
    plausible = (reads["kwh"] >= 0) & ~spike
    reads["usable"] = plausible & ~short & (reads["read_status"] == "actual")
    reads["plausible_kwh"] = reads["kwh"].where(plausible)
    months = reads.groupby(["meter_no", "month"]).agg(
        usable_days=("usable", "sum"), usage_kwh=("plausible_kwh", "sum")
    )
    return f"{months['usable_days'].sum()} days, {months['usage_kwh'].sum():.1f} kWh"


report(roll_up)
