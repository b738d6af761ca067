"""The same statement in Spark, local on two cores.

.venv-spark/bin/python -m bench.rollup_spark RAW AS_OF
"""

import sys

from pyspark.sql import SparkSession

from bench.measure import report
from bench.rollup_statement import STATEMENT, check


def roll_up() -> str:
    raw, as_of = sys.argv[1:3]
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.memory", "8g")
        .config("spark.ui.enabled", "false")
        .config("spark.log.level", "OFF")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.ansi.enabled", "false")
        .config("spark.sql.shuffle.partitions", "16")
        .config("spark.sql.files.openCostInBytes", "65536")
        .config("spark.driver.host", "localhost")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate()
    )
    spark.read.parquet(f"{raw}/ami/daily_reads").createOrReplaceTempView("landed")
    spark.sql(STATEMENT.format(as_of=as_of)).createOrReplaceTempView("months")
    days, energy = spark.sql("select sum(usable_days), sum(usage_kwh) from months").first()
    # Its memory counts once it is gone.
    jvm = spark.sparkContext._gateway.proc
    spark.stop()
    jvm.stdin.close()
    jvm.wait()
    return check(days, energy)


report(roll_up)
