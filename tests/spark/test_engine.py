"""Whether Spark can run here is told in one line; what it wrote becomes the warehouse."""

import duckdb
import pytest
from click.testing import CliRunner

from orchestration import change, spark
from orchestration.cli import cli
from orchestration.workspace import Workspace


def java_that_says(folder, version):
    binary = folder / "bin" / "java"
    binary.parent.mkdir(parents=True)
    binary.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
    binary.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    "version, says", [("11.0.2", "is 11"), ("1.8.0_402", "is 8"), ("17.0.15", None), ("21", None)]
)
def test_java_must_be_new_enough(tmp_path, monkeypatch, version, says):
    monkeypatch.setenv("JAVA_HOME", str(java_that_says(tmp_path, version)))
    monkeypatch.setattr(spark, "find_spec", lambda name: object())
    told = spark.missing()
    assert told is None if says is None else says in told and "openjdk-17" in told


def test_without_java(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setattr(spark, "find_spec", lambda name: object())
    assert "there is none" in spark.missing()


def test_without_the_extra_the_command_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(spark, "find_spec", lambda name: None)
    (tmp_path / "landing").mkdir()
    said = CliRunner().invoke(cli, ["run", "--workspace", str(tmp_path), "--target", "spark"])
    assert said.exit_code == 2 and "make spark-setup" in said.output


def test_what_spark_wrote_is_the_warehouse_and_nothing_is_known_of_it(tmp_path):
    workspace = Workspace(tmp_path)
    folder = workspace.spark_tables / "marts.db" / "dim_account"
    folder.mkdir(parents=True)
    (workspace.spark_tables / "seeds.db" / "customer_override").mkdir(parents=True)
    with duckdb.connect(str(workspace.warehouse)) as connection:
        connection.execute("create table old as select 1")
        connection.execute(f"copy (select 'A' as account_no) to '{folder}/part-0.parquet'")
    change.finish(workspace, change.Seen("2026-01-31", "", {}, {}))
    spark.expose(workspace)
    assert change.last_seen(workspace) == (None, None)
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        assert connection.execute("from marts.dim_account").fetchall() == [("A",)]
        assert connection.execute("select count(*) from duckdb_tables()").fetchone() == (0,)
