"""Publishing is all or nothing, and readers never notice."""

import subprocess
import sys
import time

import duckdb
import pyarrow as pa
import pytest

from orchestration import publish as publishing
from orchestration import run_tables
from orchestration.checksum import table_checksum
from orchestration.publish import AuditError, publish


def versions(published):
    return sorted(path.name for path in (published / "versions").iterdir())


def read(published, sql):
    with duckdb.connect(str(published / "wattlead.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_what_is_published_is_what_the_warehouse_has(warehouse, tables, tmp_path):
    run = pa.Table.from_pylist([{"run_id": "r"}], schema=run_tables.RUN)
    done = publish(warehouse, tmp_path / "p", "v1", tables, {"run": run}, frozenset())
    assert done.rows == 3
    rows = read(tmp_path / "p", "select * from marts.dim_account order by 1")
    assert [row[0] for row in rows] == ["A1", "A2"] and rows[1][1] is None
    assert read(tmp_path / "p", "select run_id from governance.run") == [("r",)]
    found = duckdb.read_parquet(str(tmp_path / "p/parquet/marts/dim_account.parquet")).fetchall()
    assert len(found) == 2
    comments = read(tmp_path / "p", "select comment from duckdb_tables() where comment is not null")
    assert ("户号维度: it's",) in comments


def test_the_vault_and_unknown_tables_stay_behind(warehouse, tables, tmp_path):
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table marts.dim_account__dbt_tmp as select 1 as x")
    publish(warehouse, tmp_path / "p", "v1", tables, {}, frozenset())
    names = read(tmp_path / "p", "select schema_name, table_name from duckdb_tables() order by 2")
    assert names == [
        ("customer_360", "account_360"),
        ("marts", "dim_account"),
        ("governance", "table_checksum"),
    ]


def test_a_personal_column_stops_publishing_and_leaves_the_old_state(warehouse, tables, tmp_path):
    publish(warehouse, tmp_path / "p", "v1", tables, {}, frozenset({"phone"}))
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("alter table marts.dim_account add column phone varchar")
    with pytest.raises(AuditError, match=r"marts\.dim_account\.phone is a personal column"):
        publish(warehouse, tmp_path / "p", "v2", tables, {}, frozenset({"phone"}))
    assert (tmp_path / "p" / "current").readlink().name == "000001-v1"


def test_a_lost_row_stops_publishing(warehouse, tables, tmp_path, monkeypatch):
    publish(warehouse, tmp_path / "p", "v1", tables, {}, frozenset())
    real = publishing._write

    def lossy(warehouse, folder, *rest):
        real(warehouse, folder, *rest)
        with duckdb.connect(str(folder / "wattlead.duckdb")) as connection:
            connection.execute("delete from marts.dim_account where account_no = 'A2'")

    monkeypatch.setattr(publishing, "_write", lossy)
    with pytest.raises(AuditError, match=r"marts\.dim_account: 1 rows written of 2"):
        publish(warehouse, tmp_path / "p", "v2", tables, {}, frozenset())
    assert (tmp_path / "p" / "current").readlink().name == "000001-v1"


def test_nothing_to_publish_is_an_error(warehouse, tmp_path):
    with pytest.raises(AuditError, match="no table to publish"):
        publish(warehouse, tmp_path / "p", "v1", {}, {}, frozenset())


def test_three_versions_stay_and_leftovers_of_a_killed_publish_go(warehouse, tables, tmp_path):
    (tmp_path / "p" / "versions" / "v0.tmp").mkdir(parents=True)
    for version in ("v1", "v2", "v3", "v4"):
        publish(warehouse, tmp_path / "p", version, tables, {}, frozenset())
    assert versions(tmp_path / "p") == ["000002-v2", "000003-v3", "000004-v4"]


def test_a_clock_set_back_deletes_nothing_that_is_newer(warehouse, tables, tmp_path):
    """Published at 1:30, 1:45, 1:59, and after the clock went back at 1:05, 1:15, 0:55."""
    out = tmp_path / "p"
    for name in ("013000-a", "014500-b", "015900-c", "010500-d", "011500-e", "005500-f"):
        publish(warehouse, out, f"20261025T{name}", tables, {}, frozenset())
        assert (out / "current").readlink().name.endswith(name)
        assert read(out, "select count(*) from marts.dim_account") == [(2,)]
    assert [name[-1] for name in versions(out)] == ["d", "e", "f"]


def test_versions_named_by_their_time_are_older_than_counted_ones(warehouse, tables, tmp_path):
    for old in ("20261025T013000-a", "20261025T014500-b", "20261025T015900-c"):
        (tmp_path / "p" / "versions" / old).mkdir(parents=True)
    publish(warehouse, tmp_path / "p", "d", tables, {}, frozenset())
    assert [name[-1] for name in versions(tmp_path / "p")] == ["d", "b", "c"]
    publish(warehouse, tmp_path / "p", "e", tables, {}, frozenset())
    assert [name[-1] for name in versions(tmp_path / "p")] == ["d", "e", "c"]


def test_a_label_used_twice_takes_nothing_away(warehouse, tables, tmp_path):
    for _ in range(2):
        publish(warehouse, tmp_path / "p", "v", tables, {}, frozenset())
    assert versions(tmp_path / "p") == ["000001-v", "000002-v"]


def test_an_open_reader_keeps_its_version_and_a_new_one_sees_the_next(warehouse, tables, tmp_path):
    publish(warehouse, tmp_path / "p", "v1", tables, {}, frozenset())
    old = duckdb.connect(str(tmp_path / "p" / "wattlead.duckdb"), read_only=True)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("insert into marts.dim_account values ('A3', 1)")
    for version in ("v2", "v3", "v4", "v5"):
        publish(warehouse, tmp_path / "p", version, tables, {}, frozenset())
    assert old.execute("select count(*) from marts.dim_account").fetchone() == (2,)
    old.close()
    assert read(tmp_path / "p", "select count(*) from marts.dim_account") == [(3,)]


READER = """
import pathlib, sys, duckdb
published = pathlib.Path(sys.argv[1])
counts = []
while not (published / "stop").exists():
    # Each file as Parquet too: a reader of either never sees half a load.
    with duckdb.connect(str(published / "marts.duckdb"), read_only=True) as connection:
        counts += connection.execute("select count(*) from marts.dim_account").fetchone()
    parquet = str(published / "parquet/marts/dim_account.parquet")
    counts += duckdb.connect().execute(f"select count(*) from '{parquet}'").fetchone()
    (published / "started").touch()
print(len(counts), *sorted(set(counts)))
"""


def test_a_process_that_reads_in_a_loop_never_fails_during_three_publishes(
    warehouse, tables, tmp_path
):
    out = tmp_path / "p"
    publish(warehouse, out, "v0", tables, {}, frozenset())
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, out],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (out / "started").exists():
        assert reader.poll() is None, reader.communicate()[1]
        time.sleep(0.05)
    for version in ("v1", "v2", "v3"):
        publish(warehouse, out, version, tables, {}, frozenset())
        time.sleep(0.1)
    (out / "stop").touch()
    said, error = reader.communicate(timeout=60)
    assert reader.returncode == 0, error
    reads, *counts = map(int, said.split())
    assert reads > 5 and counts == [2]


def test_the_file_has_the_storage_version_that_old_clients_open(warehouse, tables, tmp_path):
    publish(warehouse, tmp_path / "p", "v1", tables, {}, frozenset())
    header = (tmp_path / "p" / "marts.duckdb").read_bytes()[:64]
    # DuckDB's file header: checksum, "DUCK", then the storage version; 64 is that of 0.9 to 1.1.
    assert header[8:12] == b"DUCK" and int.from_bytes(header[12:20], "little") == 64


@pytest.mark.parametrize(
    ("second", "same"),
    [
        ("values ('b', 2), ('a', 1), (null, 3)", True),
        ("values ('a', 1), ('b', 2), (null, 4)", False),
        ("values ('a', 1), ('b', 2)", False),
        ("values ('a', 1), ('a', 1), ('b', 2), (null, 3)", False),
        ("values ('a', 1), ('b', 2), ('', 3)", False),
    ],
)
def test_a_checksum_tells_rows_apart_but_not_their_order(second, same):
    with duckdb.connect() as connection:
        connection.execute("create table a as values ('a', 1), ('b', 2), (null, 3)")
        connection.execute(f"create table b as {second}")
        sums = [table_checksum(connection, name)[1] for name in ("a", "b")]
        assert (sums[0] == sums[1]) is same


def test_every_published_column_of_a_run_says_what_it_means(warehouse, tables, tmp_path):
    content = {
        name: schema.empty_table()
        for name, schema in run_tables.TABLES.items()
        if name != "table_checksum"
    }
    publish(warehouse, tmp_path / "p", "v1", tables, content, frozenset())
    silent = read(
        tmp_path / "p",
        "select table_name, column_name from duckdb_columns() "
        "where schema_name = 'governance' and comment is null",
    )
    described = read(
        tmp_path / "p", "select count(*) from duckdb_columns() where schema_name = 'governance'"
    )
    assert not silent and described == [(sum(len(s) for s in run_tables.TABLES.values()),)]
