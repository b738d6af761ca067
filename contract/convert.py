"""One landed file into typed rows with their breaches: shared by the checker and the intake."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from contract.files import CsvFile, LandedFile, Unreadable, check_open, open_parquet
from contract.model import TIMEZONE, Entity
from contract.rules import BREACH_COLUMNS, LINE, LINE_ERROR, rows_sql, text

# What reading a damaged file may raise; `why` words it for people.
UNUSABLE = (Unreadable, duckdb.Error, csv.Error, pa.ArrowException)
_ARROW_NAMES = {
    "string": "varchar",
    "large_string": "varchar",
    "string_view": "varchar",
    "date32[day]": "date",
    "timestamp[us]": "timestamp",
    "int32": "integer",
    "bool": "boolean",
}


@dataclass
class Opened:
    """A readable file: rows counted in the file itself, remarks, and SQL per part of it."""

    rows_landed: int
    notes: list[str]
    parts: Iterator[str]
    is_parquet: bool = False


def why(error: Exception) -> str:
    """The reason that a file can't be used, without the file's own content."""
    if isinstance(error, Unreadable):
        return str(error)
    return "can't be read to its end (it is damaged): land it again"


def raw_schema(entity: Entity) -> pa.Schema:
    """Columns of the entity's raw files: contract columns, origin, breaches."""
    return pa.schema(
        [
            *((column.name, column.arrow_type) for column in entity.columns),
            ("source_file", pa.string()),
            ("source_line", pa.int64()),
            *((name, pa.string()) for name in BREACH_COLUMNS),
        ]
    )


def connect() -> duckdb.DuckDBPyConnection:
    """A private engine for reading files; rows carry their line, so no order need be kept."""
    connection = duckdb.connect()
    # Times are local: one that lands with an offset becomes the branch's.
    connection.execute(f"set preserve_insertion_order = false; set TimeZone = '{TIMEZONE}'")
    # From a Parquet file's statistics, which pass over NaN, DuckDB 2.0.0 concludes that the cast of
    # a double to a decimal can't fail, and leaves the rule out.
    connection.execute("set disabled_optimizers = 'statistics_propagation'")
    return connection


def open_file(connection: duckdb.DuckDBPyConnection, landed: LandedFile) -> Opened:
    """Look into a file. Raises ``Unreadable`` when nothing of it can be used.

    The SQL of ``parts`` must be run before the next part is asked for.
    """
    check_open(landed.path)
    if landed.problem:
        raise Unreadable(landed.problem)
    if landed.path.suffix == ".parquet":
        return _open_parquet(landed)
    csv_file = CsvFile(landed.path, landed.entity)
    notes = _notes(landed.entity, csv_file.header)
    return Opened(csv_file.count_rows(), notes, _csv_parts(connection, landed, csv_file))


def _open_parquet(landed: LandedFile) -> Opened:
    file = open_parquet(landed.path)
    types = {name.name: _sql_type(name.type) for name in file.schema_arrow}
    if not set(types) & set(landed.entity.column_names):
        raise Unreadable("has no column of the contract")
    relation = (
        f"(select *, file_row_number + 1 as {LINE}, cast(null as varchar) as {LINE_ERROR} from "
        f"read_parquet({text(str(landed.path))}, file_row_number=true, hive_partitioning=false))"
    )
    sql = rows_sql(landed.entity, types, relation, landed.name)
    return Opened(file.metadata.num_rows, _notes(landed.entity, list(types)), iter([sql]), True)


def _csv_parts(
    connection: duckdb.DuckDBPyConnection, landed: LandedFile, csv_file: CsvFile
) -> Iterator[str]:
    found = dict.fromkeys(set(csv_file.header) & set(landed.entity.column_names), "varchar")
    for table in csv_file.batches():
        connection.register("csv_batch", table)
        yield rows_sql(landed.entity, found, "csv_batch", landed.name)
        connection.unregister("csv_batch")


def _sql_type(arrow: pa.DataType) -> str:
    if pa.types.is_dictionary(arrow):
        # What pandas writes for categories; the engine reads the words.
        arrow = arrow.value_type
    if pa.types.is_decimal128(arrow):
        return f"decimal({arrow.precision},{arrow.scale})"
    return _ARROW_NAMES.get(str(arrow), str(arrow))


def _notes(entity: Entity, names: list[str]) -> list[str]:
    notes = []
    for name in names:
        if name not in entity.column_names:
            near = entity.nearest(name)
            hint = f" (did you mean {near}?)" if near and near not in names else ""
            notes.append(f"column {name} is not in the contract and is not read{hint}")
    missing = [name for name in entity.column_names if name not in names]
    if missing:
        notes.append(f"no column {', '.join(missing)}")
    return notes


def write_raw(
    connection: duckdb.DuckDBPyConnection, entity: Entity, opened: Opened, target: Path
) -> tuple[int, int]:
    """Write the file's rows to ``target``; gives (rows, rows with a breach)."""
    schema = raw_schema(entity)
    if opened.is_parquet:
        # One statement, streamed by the engine; several times faster for small files.
        connection.execute(f"copy ({next(opened.parts)}) to {text(str(target))} (compression zstd)")
    else:
        _write_batches(connection, schema, opened, target)
    metadata = pq.read_metadata(target)
    breached = 0
    place = schema.get_field_index(BREACH_COLUMNS[-1])
    for group in range(metadata.num_row_groups):
        part = metadata.row_group(group)
        breached += part.num_rows - part.column(place).statistics.null_count
    return metadata.num_rows, breached


def _write_batches(connection, schema: pa.Schema, opened: Opened, target: Path) -> None:
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for sql in opened.parts:
            for batch in connection.sql(sql).to_arrow_reader(100_000):
                writer.write_table(pa.Table.from_batches([batch]).cast(schema))
