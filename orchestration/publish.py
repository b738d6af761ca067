"""Write, audit, publish: a new version of everything that readers use, swapped in by one rename.

``published/versions/<number>-<label>/`` holds ``wattlead.duckdb`` and ``parquet/``. The symlink
``current`` points at the newest version; the names that readers use (LINKS) point through it, so
all change at once. A reader that holds the old file keeps it. docs/decisions/0006-publish.md says
why.
"""

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from orchestration import run_tables
from orchestration.checksum import checksums, quoted

SCHEMAS = ("marts", "customer_360", "marketing", "governance")
KEPT = 3
# DuckDB calls a file's catalog after its name, and in a file called marts `marts.dim_account` could
# mean two things and is refused. So the file has a name that no schema has; marts.duckdb is a link.
FILE = "wattlead.duckdb"
LINKS = {"marts.duckdb": FILE, FILE: FILE, "parquet": "parquet"}
SORTED_UP_TO = 1_000_000
# Older DuckDB clients, so today's BI drivers, open only this version (design/stack-facts.md).
STORAGE_VERSION = "v1.0.0"


class AuditError(RuntimeError):
    """What was written is not what may be published: says what and where."""


@dataclass(frozen=True)
class Published:
    """What one publish put out."""

    version: str
    tables: int
    rows: int


def publish(
    warehouse: Path,
    published: Path,
    label: str,
    tables: dict[tuple[str, str], dict],
    metadata: dict[str, pa.Table],
    personal: frozenset[str],
    progress: Callable[[int, int, str], None] | None = None,
) -> Published:
    """Publish ``tables`` of the warehouse as the next version.

    ``label``: what the version's name says beside its number.
    ``tables``: by (schema, table) a dict with ``comment`` and, by name, ``columns``' comments.
    ``metadata``: tables of the run, for the schema governance. ``personal``: columns that no table
    may have. Raises ``AuditError`` before anything changes for readers.
    """
    versions = published / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    for leftover in versions.glob("*.tmp"):
        shutil.rmtree(leftover)
    existing = sorted((p for p in versions.iterdir() if p.is_dir()), key=_order)
    # Counted, not timed: a clock that is set back must not make the newest version the oldest.
    version = f"{_number(existing[-1]) + 1 if existing else 1:06d}-{label}"
    unfinished = versions / f"{version}.tmp"
    (unfinished / "parquet").mkdir(parents=True)
    _write(warehouse, unfinished, tables, metadata, progress)
    rows = _audit(warehouse, unfinished / FILE, tables, personal)
    _sync(unfinished)
    target = versions / version
    os.replace(unfinished, target)
    _link(published / "current", Path("versions") / version)
    for name, target_name in LINKS.items():
        _link(published / name, Path("current") / target_name)
    for old in existing[: 1 - KEPT]:
        shutil.rmtree(old)
    return Published(version, len(tables) + len(metadata) + 1, rows)


def _number(version: Path) -> int:
    """What a version is counted as; 0 for one of the time when names began with the time."""
    counted = re.match("([0-9]{6,})-", version.name)
    return int(counted[1]) if counted else 0


def _order(version: Path) -> tuple[int, str]:
    """Sorts versions as they were published."""
    return _number(version), version.name


def _write(warehouse: Path, folder: Path, tables, metadata, progress) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach {_text(str(warehouse))} as warehouse (read_only)")
        target = _text(str(folder / FILE))
        connection.execute(f"attach {target} as out (storage_version '{STORAGE_VERSION}')")
        for schema in SCHEMAS:
            connection.execute(f"create schema out.{schema}")
        for done, (schema, table) in enumerate(sorted(tables), 1):
            name = f"{quoted(schema)}.{quoted(table)}"
            (rows,) = connection.execute(f"select count(*) from warehouse.{name}").fetchone()
            # Sorted tables compress and compare well; sorting tens of millions of rows costs more.
            order = "order by all" if rows <= SORTED_UP_TO else ""
            connection.execute(f"create table out.{name} as from warehouse.{name} {order}")
            _comment(connection, name, tables[schema, table])
            if progress:
                progress(done, len(tables), f"{schema}.{table}")
        for table, content in metadata.items():
            connection.register("metadata_rows", content)
            connection.execute(f"create table out.governance.{quoted(table)} as from metadata_rows")
            connection.unregister("metadata_rows")
            if table in run_tables.TABLES:
                _comment(connection, f"governance.{quoted(table)}", run_tables.comments(table))
        sums = checksums(connection, "out")
        connection.execute(
            "create table out.governance.table_checksum (schema_name varchar, table_name varchar, "
            "rows bigint, checksum varchar)"
        )
        _comment(connection, "governance.table_checksum", run_tables.comments("table_checksum"))
        for row in sums:
            connection.execute("insert into out.governance.table_checksum values (?, ?, ?, ?)", row)
        for schema, table in _tables(connection, "out"):
            place = folder / "parquet" / schema
            place.mkdir(exist_ok=True)
            connection.execute(
                f"copy out.{quoted(schema)}.{quoted(table)} to "
                f"{_text(str(place / table) + '.parquet')} (format parquet, compression zstd)"
            )
        connection.execute("detach out")


def _tables(connection: duckdb.DuckDBPyConnection, catalog: str) -> list[tuple[str, str]]:
    return connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = ? order by 1, 2",
        [catalog],
    ).fetchall()


def _comment(connection: duckdb.DuckDBPyConnection, name: str, described: dict) -> None:
    """Descriptions and Chinese labels as comments, which BI tools show."""
    connection.execute(f"comment on table out.{name} is {_text(described['comment'])}")
    for column, comment in described["columns"].items():
        connection.execute(f"comment on column out.{name}.{quoted(column)} is {_text(comment)}")


def _text(value: str) -> str:
    """``value`` as an SQL string literal."""
    return "'" + value.replace("'", "''") + "'"


def _audit(warehouse: Path, file: Path, tables, personal: frozenset[str]) -> int:
    """Open what was written as a reader would and hold it against the warehouse; gives the rows."""
    if not tables:
        raise AuditError("there is no table to publish: did dbt run?")
    with duckdb.connect() as connection:
        connection.execute(f"attach {_text(str(warehouse))} as warehouse (read_only)")
        connection.execute(f"attach {_text(str(file))} as out (read_only)")
        found = connection.execute(
            "select schema_name, table_name, column_name from duckdb_columns() "
            "where database_name = 'out'"
        ).fetchall()
        for schema, table, column in found:
            if schema not in SCHEMAS:
                raise AuditError(f"{schema}.{table} is not in a public schema ({SCHEMAS})")
            if column in personal:
                raise AuditError(
                    f"{schema}.{table}.{column} is a personal column of the landing contract; take "
                    "it out of the model, personal data stays in the vault"
                )
        total = 0
        for schema, table in tables:
            name = f"{quoted(schema)}.{quoted(table)}"
            count = "select (select count(*) from {}), (select count(*) from {})"
            there, here = connection.execute(
                count.format(f"warehouse.{name}", f"out.{name}")
            ).fetchone()
            if here != there:
                raise AuditError(f"{schema}.{table}: {here} rows written of {there}")
            total += here
        return total


def _sync(folder: Path) -> None:
    """Push the files to the disk, or a power cut after the rename could leave them empty."""
    for path in [*folder.rglob("*"), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _link(link: Path, target: Path) -> None:
    """Point ``link`` at ``target`` by one rename."""
    unfinished = link.with_name(f".{link.name}.tmp")
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(target)
    os.replace(unfinished, link)
