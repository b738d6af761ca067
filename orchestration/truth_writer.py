"""Writes a simulator's truth beside the landing folder, where only evaluation looks."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


class TruthWriter:
    """One Parquet file a truth table, appended to as chunks come."""

    def __init__(self, folder: Path):
        """Nothing is written until ``write``."""
        self.folder = folder
        self._files: dict[str, pq.ParquetWriter] = {}

    def __enter__(self) -> "TruthWriter":
        """Itself."""
        return self

    def __exit__(self, *_) -> None:
        """Close the files: only then are they readable."""
        for file in self._files.values():
            file.close()

    def write(self, name: str, table: pa.Table) -> None:
        """Append to table ``name``."""
        if name not in self._files:
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self.folder / f"{name}.parquet"
            self._files[name] = pq.ParquetWriter(path, table.schema, compression="zstd")
        self._files[name].write_table(table)
