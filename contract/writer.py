"""Writes files that keep the contract: what connectors and the simulator land."""

import os
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from contract.model import Contract


class LandingWriter:
    """Writes tables below ``landing``; the same table gives the same bytes."""

    def __init__(self, contract: Contract, landing: Path):
        """Nothing is written until ``write``."""
        self.contract = contract
        self.landing = Path(landing)

    def write(
        self, source: str, entity: str, load_date: date, table: pa.Table, file_stem: str = "part"
    ) -> Path:
        """Write one file and return its path.

        Columns are cast to the contract's types; optional ones that ``table`` lacks become null.
        Raises ``ValueError`` for a column the contract does not know, or a required one that is
        missing, and pyarrow's error for a value that does not fit.
        """
        known = self.contract.entity(source, entity)
        if unknown := [name for name in table.column_names if name not in known.column_names]:
            raise ValueError(f"{known.folder} has no column {', '.join(unknown)}")
        columns = []
        for column in known.columns:
            if column.name in table.column_names:
                columns.append(table[column.name].cast(column.arrow_type))
            elif column.required:
                raise ValueError(f"{known.folder}.{column.name} is required and missing")
            else:
                columns.append(pa.nulls(table.num_rows, column.arrow_type))
        folder = self.landing / known.folder / f"load_date={load_date.isoformat()}"
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{file_stem}.parquet"
        unfinished = folder / f".{file_stem}.tmp"
        full = pa.table(columns, names=list(known.column_names))
        # Decimals as whole numbers: smaller, and several times faster to write and read.
        pq.write_table(full, unfinished, compression="zstd", store_decimal_as_integer=True)
        os.replace(unfinished, target)
        return target
