"""A landing folder and its truth as DuckDB views, for the realism report.

``<source>_<entity>`` holds the newest version of each key, ``<source>_<entity>_all`` every landed
row; ``truth_<name>`` a truth table. An entity that never landed has no view.
"""

from pathlib import Path

import duckdb

from contract import Entity, load

MODELS = Path(__file__).parents[1] / "models"
# Columns whose words the contract leaves open, and a measure may not know all of them.
OPEN_WORDS = {
    "process_inspections": "kind",
    "marketing_touches": "channel",
    "marketing_responses": "outcome",
    "process_work_orders": "category_1",
}


def connect() -> duckdb.DuckDBPyConnection:
    """A connection that stays below 2 GB."""
    connection = duckdb.connect()
    connection.execute("set memory_limit = '1500MB'; set timezone = 'UTC'")
    return connection


def text(value: object) -> str:
    """A value as an SQL string literal."""
    return "'" + str(value).replace("'", "''") + "'"


def open_landing(
    connection: duckdb.DuckDBPyConnection, landing: Path, truth: Path | None = None
) -> None:
    """Make the views. Raises ``FileNotFoundError`` for a folder that is none."""
    for folder in [landing, truth] if truth else [landing]:
        if not Path(folder).is_dir():
            raise FileNotFoundError(f"{folder} is no folder")
    for entity in load(MODELS).entities:
        if any((Path(landing) / entity.folder).glob("load_date=*/*.parquet")):
            _entity_views(connection, Path(landing), entity)
    for path in sorted(Path(truth).glob("*.parquet")) if truth else []:
        connection.execute(f'create view "truth_{path.stem}" as from read_parquet({text(path)})')


def views(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Column names by view."""
    rows = connection.execute(
        "select view_name, column_name from duckdb_views() as v "
        "join duckdb_columns() as c on c.table_name = v.view_name where not v.internal"
    ).fetchall()
    result: dict[str, set[str]] = {}
    for view, column in rows:
        result.setdefault(view, set()).add(column)
    return result


def open_words(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, int]]]:
    """The words that landed in the columns of ``OPEN_WORDS``, the most frequent first."""
    present = views(connection)
    return {
        f"{view}.{column}": connection.execute(
            f"select {column}, count(*) from {view} group by all order by 2 desc, 1 limit 12"
        ).fetchall()
        for view, column in OPEN_WORDS.items()
        if view in present
    }


def _entity_views(connection: duckdb.DuckDBPyConnection, landing: Path, entity: Entity) -> None:
    name = f"{entity.source}_{entity.name}"
    pattern = text(landing / entity.folder / "load_date=*" / "*.parquet")
    files = f"read_parquet({pattern}, union_by_name = true, hive_partitioning = true)"
    landed = {row[0] for row in connection.execute(f"describe from {files}").fetchall()}
    # An optional column that never landed is null, as the contract has it.
    columns = [
        f'"{column.name}"' if column.name in landed else f'null::{column.data_type} "{column.name}"'
        for column in entity.columns
    ]
    connection.execute(f"""
        create view {name}_all as
        select {", ".join(columns)}, load_date from {files}
        where {" and ".join(f"{key} is not null" for key in entity.key)}
    """)
    newest = [f"{column} desc nulls last" for column in (*entity.version_by, "load_date")]
    connection.execute(f"""
        create view {name} as
        select * from {name}_all
        qualify row_number() over (
            partition by {", ".join(entity.key)} order by {", ".join(newest)}
        ) = 1
    """)
