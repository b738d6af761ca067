"""The account-month roll-up as one plain statement of DuckDB.

python -m bench.rollup_duckdb RAW AS_OF
"""

import sys

import duckdb

from bench.measure import report
from bench.rollup_statement import STATEMENT, check


def roll_up() -> str:
    raw, as_of = sys.argv[1:3]
    with duckdb.connect() as connection:
        connection.execute("set threads = 2; set memory_limit = '6GB'")
        connection.execute("set preserve_insertion_order = false")
        files = f"read_parquet('{raw}/ami/daily_reads/*/*.parquet', hive_partitioning = true)"
        connection.execute(f"create view landed as from {files}")
        connection.execute("create table months as " + STATEMENT.format(as_of=as_of))
        sums = "select sum(usable_days), sum(usage_kwh) from months"
        return check(*connection.execute(sums).fetchone())


report(roll_up)
