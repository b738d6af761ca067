"""Checksums of tables: the same rows give the same checksum, in whatever order they lie."""

import duckdb

# What a run says of itself differs from run to run; everything else must not.
RUN_METADATA = ("run", "run_check", "incident", "table_checksum")


def quoted(name: str) -> str:
    """``name`` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def table_checksum(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[int, str]:
    """Rows of ``relation`` (a quoted name) and their checksum.

    The sum of the rows' MD5 values: a repeated or missing row changes it, order doesn't.
    """
    columns = [quoted(row[0]) for row in connection.execute(f"describe {relation}").fetchall()]
    text = ", ".join(f"coalesce(cast({column} as varchar), '∅')" for column in columns)
    rows, total = connection.execute(
        f"select count(*), coalesce(sum(cast(md5_number(concat_ws('|', {text})) % "
        f"1000000000000000003 as hugeint)), 0) from {relation}"
    ).fetchone()
    return rows, f"{int(total):032x}"


def checksums(connection: duckdb.DuckDBPyConnection, catalog: str) -> list[tuple]:
    """(schema, table, rows, checksum) of every table of ``catalog`` but the run's own metadata."""
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = ? "
        "order by schema_name, table_name",
        [catalog],
    ).fetchall()
    return [
        (
            schema,
            table,
            *table_checksum(connection, ".".join(map(quoted, (catalog, schema, table)))),
        )
        for schema, table in tables
        if not (schema == "governance" and table in RUN_METADATA)
    ]
