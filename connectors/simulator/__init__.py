"""A simulated branch: landing batches with planted behaviour, and the truth about it.

Every account draws from random streams of its own, keyed by seed and account number, so an account
is the same however the work is cut. People, firms, phones and identity numbers are invented and
can't belong to anybody. The truth never enters landing.
"""

from collections.abc import Callable, Iterator

import pyarrow as pa

from connectors import Batch
from connectors.simulator import ami, billing, crm, external, grid, org
from connectors.simulator import truth as truth_tables
from connectors.simulator.branch import build
from connectors.simulator.params import SimParams

__all__ = ["SimParams", "simulate", "truth"]


def simulate(
    params: SimParams, progress: Callable[[int, int, str], None] | None = None
) -> Iterator[Batch]:
    """Yield all landing files of the branch, entity by entity; nothing lands after ``params.end``.

    ``progress`` is told (days landed, all days, load date) while the daily reads are made. Memory:
    about 25 bytes an account and day.
    """
    branch = build(params)
    yield from org.batches(branch)
    yield from grid.batches(branch)
    yield from external.batches(branch)
    yield from crm.batches(branch)
    yield from billing.batches(branch)
    yield from ami.batches(branch, progress)


def truth(params: SimParams) -> dict[str, pa.Table]:
    """What was planted, for judging results only.

    ``accounts``: one row per metered account with its archetype, slopes, trend, stop and payer.
    ``defects``: landed rows per entity and kind of defect; ``column`` is set if the defect breaks
    a hard rule of the contract.
    """
    return truth_tables.tables(build(params))
