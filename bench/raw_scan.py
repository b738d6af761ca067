"""The floor: DuckDB reads one column of the raw reads and sums it."""

import sys

import duckdb

from bench.measure import report


def scan() -> str:
    files = f"{sys.argv[1]}/ami/daily_reads/*/*.parquet"
    (total,) = duckdb.execute(f"select sum(kwh_total) from read_parquet('{files}')").fetchone()
    return f"{float(total):.1f} kWh"


report(scan)
