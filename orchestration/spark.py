"""Spark as the engine: whether it can run here, and what it wrote as the warehouse that all read.

dbt-spark writes Parquet files (state/spark/tables/<schema>.db/<table>). Gates, ml, identity and
publish read DuckDB, so after a build on Spark the warehouse is a DuckDB file of views of them.
"""

import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import duckdb

from orchestration import change
from orchestration.checksum import quoted
from orchestration.workspace import Workspace

JAVA = 17


def missing() -> str | None:
    """What a run on Spark lacks on this machine and how to get it; None if nothing."""
    if find_spec("pyspark") is None:
        return (
            "the target spark needs the extra of that name: `make spark-setup`, then "
            "`.venv-spark/bin/wattlead run --target spark`"
        )
    found = java_version(binary) if (binary := java()) else None
    if found is None or found < JAVA:
        return (
            f"the target spark needs Java {JAVA} or newer ("
            + (f"{binary} is {found}" if found else "there is none in JAVA_HOME or on the path")
            + f"); on Debian: apt-get install openjdk-{JAVA}-jre-headless"
        )
    return None


def java() -> str | None:
    """The java that Spark would start: that of JAVA_HOME, or the first on the path."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=f"{home}/bin" if home else None)


def java_version(java: str) -> int | None:
    """The major version that a java says it has; None if it says nothing of the kind."""
    said = subprocess.run([java, "-version"], capture_output=True, text=True)
    version = re.search(r'version "(?:1\.)?(\d+)', said.stderr)
    return int(version[1]) if version else None


def expose(workspace: Workspace) -> None:
    """Make the warehouse views of the tables that Spark wrote, by one rename."""
    # Nothing of it is DuckDB's own: the next run on DuckDB builds everything.
    change.forget(workspace)
    unfinished = workspace.warehouse.with_suffix(".tmp")
    unfinished.unlink(missing_ok=True)
    with duckdb.connect(str(unfinished)) as connection:
        for table in sorted(workspace.spark_tables.glob("*.db/*")):
            # A list without rows has no file, and nobody reads it here.
            if not any(table.glob("*.parquet")):
                continue
            schema = quoted(table.parent.name.removesuffix(".db"))
            connection.execute(f"create schema if not exists {schema}")
            connection.execute(
                f"create view {schema}.{quoted(table.name)} as from '{_files(table)}'"
            )
    os.replace(unfinished, workspace.warehouse)


def _files(table: Path) -> str:
    return str(table / "*.parquet").replace("'", "''")
