"""The same landed files give the same tables on Spark as on DuckDB: every row, type and null.

Doubles too, to the last digit: sums are exact before anything is divided.
"""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from orchestration import spark
from orchestration.checksum import RUN_METADATA

ROOT = Path(__file__).parents[2]
SPARK = ROOT / ".venv-spark" / "bin" / "wattlead"
# Nobody of 50 accounts has more than one record, so there is none of this to compare.
MAY_BE_EMPTY = {
    "marts.customer_link",
    # Models that need more events, history or forms than 50 accounts have; cards say so.
    "marketing.account_forecast",
    "marketing.account_risk",
    "marketing.anomaly_case",
    "marketing.form_check",
    "marketing.model_decision",
    "marketing.model_drift",
    "marketing.model_performance",
    "marketing.risk_driver",
}


def wattlead(command: Path, *arguments: object, **variables: str) -> None:
    done = subprocess.run(
        [command, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **variables},
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A connection to what each engine's run of the same job published, as spark and duckdb."""
    if not (SPARK.exists() and spark.java()):
        pytest.skip("Spark is not set up (make spark-setup), or there is no Java 17")
    workspace = tmp_path_factory.mktemp("parity")
    duck = Path(sys.executable).with_name("wattlead")
    branch = ("--accounts", 50, "--days", 430, "--seed", 7, "--dirt", 1)
    wattlead(duck, "simulate", *branch, "--out", workspace / "landing")
    misreport(workspace / "landing")
    # In this order the second run also has to clear what the first left.
    # dbt's data tests run in DuckDB's run: of equal tables they say the same.
    spark_run = ("run", "--workspace", workspace, "--target", "spark")
    wattlead(SPARK, *spark_run, DBT_EXCLUDE_RESOURCE_TYPES="unit_test test")
    wattlead(duck, "run", "--workspace", workspace, "--target", "duckdb")
    versions = sorted((workspace / "published" / "versions").iterdir())
    with duckdb.connect() as connection:
        for engine, version in zip(("spark", "duckdb"), versions, strict=True):
            file = version / "wattlead.duckdb"
            connection.execute(f"attach '{file}' as {engine} (read_only)")
        yield connection


def misreport(landing: Path) -> None:
    """Put a wrong sum into the newest report, so that there is an incident to compare."""
    file = max((landing / "reports" / "branch_months").glob("*/*.parquet"))
    report = pq.ParquetFile(file).read()
    column = report.schema.get_field_index("amount_receivable")
    wrong = pc.add(report["amount_receivable"], pa.scalar(100_000)).cast(report.schema[column].type)
    pq.write_table(report.set_column(column, report.schema[column], wrong), file)


def differences(connection, table: str, one: str = "spark", other: str = "duckdb") -> list[str]:
    """What is not the same of ``table`` in two catalogs: columns and types, or rows."""
    described = [
        [row[:2] for row in connection.execute(f"describe {catalog}.{table}").fetchall()]
        for catalog in (one, other)
    ]
    if described[0] != described[1]:
        return [f"{table}: {set(described[0]) ^ set(described[1]) or 'order of columns'}"]
    found = []
    for here, there in ((one, other), (other, one)):
        rows = connection.execute(f"from {here}.{table} except all from {there}.{table}").fetchall()
        if rows:
            found.append(f"{table}: {len(rows)} rows only on {here}, such as {rows[0]}")
    return found


def tables(connection, catalog: str) -> set[str]:
    return {
        f"{schema}.{name}"
        for schema, name in connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = ?", [catalog]
        ).fetchall()
        if name not in RUN_METADATA
    }


@pytest.mark.slow
def test_every_published_table_is_the_same_on_both_engines(published):
    names = tables(published, "duckdb")
    assert tables(published, "spark") == names
    found = [line for name in sorted(names) for line in differences(published, name)]
    assert not found, "\n".join(found)
    empty = {name for name in names if not published.execute(f"from duckdb.{name}").fetchone()}
    assert empty <= MAY_BE_EMPTY, "nothing was compared of these"


@pytest.mark.parametrize(
    "other, told",
    [
        ("select 1.10::decimal(4, 2) as a, null::int as b", []),
        ("select 1.11::decimal(4, 2) as a, null::int as b", ["only on spark", "only on duckdb"]),
        ("select 1.10::decimal(4, 2) as a, 0 as b", ["only on spark", "only on duckdb"]),
        ("select 1.10::decimal(5, 2) as a, null::int as b", ["DECIMAL(5,2)"]),
        ("select null::int as b, 1.10::decimal(4, 2) as a", ["order of columns"]),
        ("from spark.main.t union all from spark.main.t", ["only on duckdb"]),
    ],
)
def test_what_differs_is_told(other, told):
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as spark; attach ':memory:' as duckdb")
        connection.execute(
            "create table spark.main.t as select 1.10::decimal(4, 2) as a, null::int as b"
        )
        connection.execute(f"create table duckdb.main.t as {other}")
        found = differences(connection, "main.t")
    assert len(found) == len(told)
    assert all(word in line for word, line in zip(told, found, strict=True))
