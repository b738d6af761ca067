from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

import contract
from connectors.simulator import SimParams, simulate

MODELS = Path(__file__).parents[2] / "models"
END = date(2026, 6, 30)


class Landed:
    """The batches of one simulation, by entity."""

    def __init__(self, params: SimParams):
        self.params = params
        self.batches = list(simulate(params))

    def table(self, entity: str) -> pa.Table:
        """All rows of ``source/entity``, as landed, with their load date."""
        parts = [
            batch.table.append_column(
                "load_date", pa.array([batch.load_date] * batch.table.num_rows, pa.date32())
            )
            for batch in self.batches
            if f"{batch.source}/{batch.entity}" == entity
        ]
        return pa.concat_tables(parts)

    def frame(self, entity: str):
        return self.table(entity).to_pandas()

    def write(self, landing: Path) -> Path:
        writer = contract.LandingWriter(contract.load(MODELS), landing)
        for batch in self.batches:
            writer.write(batch.source, batch.entity, batch.load_date, batch.table, batch.file_stem)
        return landing


@pytest.fixture(scope="session")
def rules():
    return contract.load(MODELS)


@pytest.fixture(scope="session")
def clean_params():
    return SimParams(accounts=150, days=500, seed=3, end=END, dirt=0)


@pytest.fixture(scope="session")
def clean(clean_params):
    return Landed(clean_params)


@pytest.fixture(scope="session")
def dirty():
    return Landed(SimParams(accounts=90, days=200, seed=11, end=END, dirt=4))
