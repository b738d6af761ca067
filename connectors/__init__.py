"""Connectors turn a data set into tables of the landing contract.

Each is a pure generator of batches; it knows neither the contract's files nor the workspace.
"""

from datetime import date
from typing import NamedTuple

import pyarrow as pa

# Source of batches that don't land: what a simulator knows to be true, for evaluation only.
TRUTH = "truth"


class Batch(NamedTuple):
    """One landing file: ``table`` has contract column names; ``file_stem`` is unique per load."""

    source: str
    entity: str
    load_date: date
    table: pa.Table
    file_stem: str = "part"


class Attachment(NamedTuple):
    """A file that a landed row names, such as a scanned form; ``path`` is below the landing root.

    Its first folder starts with an underscore, which the contract leaves alone.
    """

    path: str
    content: bytes


class ConnectorError(ValueError):
    """The data set is not what the connector expects: says what, where, and what to do."""
