"""The same roll-up with Polars, streaming, in doubles.

python -m bench.rollup_polars RAW AS_OF
"""

import os
import sys

os.environ.setdefault("POLARS_MAX_THREADS", "2")
import polars as pl

from bench.measure import report
from bench.rollup_statement import check

KWH = ["kwh_total", "kwh_sharp", "kwh_peak", "kwh_flat", "kwh_valley", "kwh_export"]


def roll_up() -> str:
    raw, as_of = sys.argv[1:3]
    reads = (
        pl.scan_parquet(f"{raw}/ami/daily_reads/*/*.parquet", hive_partitioning=True)
        .filter(
            pl.col("breach_reasons").is_null()
            & (pl.col("load_date") <= pl.lit(as_of).str.to_date())
        )
        .select(
            "meter_no", "read_date", "load_date", "source_line",
            *(pl.col(column).cast(pl.Float64) for column in KWH),
            month=pl.col("read_date").dt.truncate("1mo"),
            is_actual=pl.col("read_status") == "actual",
            is_short=(pl.col("intervals_read") < pl.col("intervals_expected")).fill_null(False),
        )
    )  # fmt: skip
    key = ["meter_no", "read_date"]
    repeated = reads.group_by(key).agg(versions=pl.len()).filter(pl.col("versions") > 1).select(key)
    single = reads.join(repeated, on=key, how="anti")
    newest = (
        reads.join(repeated, on=key, how="semi")
        .sort("load_date", "source_line")
        .unique(key, keep="last", maintain_order=True)
    )
    kept = pl.concat([single, newest])
    value, group = pl.col("kwh_total"), ["meter_no", "month"]
    levels = (
        kept.filter((value >= 0) & ~pl.col("is_short"))
        .group_by(group)
        .agg(n=pl.len(), kwh=value.sum())
    )
    others = pl.col("n").cast(pl.Int64)
    spike = (
        (value > 30)
        & ~pl.col("is_short")
        & (others > 10)
        & (value * (others - 1) > 8 * (pl.col("kwh") - value))
    ).fill_null(False)
    usable = (pl.col("is_plausible") & pl.col("is_actual") & ~pl.col("is_short")).fill_null(False)
    months = (
        kept.join(levels, on=group, how="left")
        .with_columns(is_spike=spike)
        .with_columns(is_plausible=(value >= 0) & ~pl.col("is_spike"))
        .with_columns(is_usable=usable)
        .group_by(group)
        .agg(
            pl.len().alias("read_days"),
            value.count().alias("value_days"),
            pl.col("is_usable").sum().alias("usable_days"),
            value.filter(pl.col("is_plausible")).sum().alias("usage_kwh"),
            value.filter(pl.col("is_usable")).max().alias("max_kwh"),
            *(pl.col(column).filter(pl.col("is_usable")).sum() for column in KWH[1:5]),
            pl.col("kwh_export").sum(),
        )
        .collect(engine="streaming")
    )
    return check(months["usable_days"].sum(), months["usage_kwh"].sum())


report(roll_up)
