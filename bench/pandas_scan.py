"""The floor of pandas: read one column of the raw reads and sum it."""

import sys

import pyarrow.dataset as ds

from bench.measure import report


def scan() -> str:
    files = ds.dataset(f"{sys.argv[1]}/ami/daily_reads", partitioning="hive")
    frame = files.to_table(columns=["kwh_total"]).to_pandas(types_mapper=None)
    return f"{float(frame['kwh_total'].astype(float).sum()):.1f} kWh"


report(scan)
