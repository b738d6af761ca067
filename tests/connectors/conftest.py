from datetime import date
from functools import cached_property
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

import contract
from connectors import TRUTH, Attachment, Batch
from connectors.simulator import SimParams, simulate

MODELS = Path(__file__).parents[2] / "models"
END = date(2026, 6, 30)


class Landed:
    """The batches of one simulation; ``sql`` sees them as tables ``source_entity``."""

    def __init__(self, params: SimParams):
        self.params = params
        landed = list(simulate(params))
        self.attachments = {a.path: a.content for a in landed if isinstance(a, Attachment)}
        batches = [batch for batch in landed if isinstance(batch, Batch)]
        self.batches = [batch for batch in batches if batch.source != TRUTH]
        self.tables: dict[str, list[pa.Table]] = {}
        for batch in batches:
            loads = pa.array([batch.load_date], pa.date32()).take(
                pa.array([0] * batch.table.num_rows, pa.int8())
            )
            table = batch.table.append_column("load_date", loads)
            self.tables.setdefault(f"{batch.source}_{batch.entity}", []).append(table)

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(config={"memory_limit": "2GB", "threads": 2})
        for name, parts in self.tables.items():
            connection.register(name, pa.concat_tables(parts, promote_options="permissive"))
        return connection

    def sql(self, query: str) -> list[tuple]:
        """Rows of a query."""
        return self._connection.execute(query).fetchall()

    def one(self, query: str):
        """The only value of a query."""
        ((value,),) = self.sql(query)
        return value

    def frame(self, query: str):
        """A query as a pandas frame."""
        return self._connection.execute(query).df()

    def rows(self, query: str) -> list[dict]:
        """Rows of a query by column name; decimals exactly."""
        return self._connection.execute(query).to_arrow_table().to_pylist()

    def content(self) -> dict[str, tuple]:
        """Rows and a checksum of every table, whatever the order and the files."""
        return {
            name: self.sql(f"select count(*), sum(hash({name})::hugeint) from {name}")[0]
            for name in self.tables
        }

    def write(self, landing: Path) -> Path:
        writer = contract.LandingWriter(contract.load(MODELS), landing)
        for batch in self.batches:
            writer.write(batch.source, batch.entity, batch.load_date, batch.table, batch.file_stem)
        return landing


@pytest.fixture(scope="session")
def rules():
    return contract.load(MODELS)


@pytest.fixture(scope="session")
def clean():
    return Landed(SimParams(accounts=2000, days=500, seed=3, end=END, dirt=0))


@pytest.fixture(scope="session")
def dirty():
    return Landed(SimParams(accounts=600, days=200, seed=11, end=END, dirt=3))
