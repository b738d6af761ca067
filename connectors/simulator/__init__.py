"""A simulated branch: landing batches of every entity, and the truth about them.

Accounts are drawn in blocks of 500, each from random streams of its own, so a block is the same
however the work is cut. People, firms, phones and identity numbers are invented and can't belong to
anybody. The truth never enters landing: its batches have the source ``truth``. The causal model is
explained in docs/simulator.md, its numbers are in branch.yml.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from connectors import TRUTH, Attachment, Batch
from connectors.simulator import external, grid, marketing, org, truth
from connectors.simulator.chunks import build
from connectors.simulator.params import SimParams
from connectors.simulator.reports import Totals
from connectors.simulator.world import World

__all__ = ["SimParams", "simulate"]

Progress = Callable[[int, int, str], None]


def simulate(params: SimParams, progress: Progress | None = None) -> Iterator[Batch | Attachment]:
    """Yield all landing files of the branch and its truth; nothing lands after ``params.end``.

    ``progress`` is told (accounts done, all accounts, what): one made counts half, one written
    whole. Memory: about 30 bytes an account and day for two chunks, one being made while the other
    is written.
    """
    world = World(params)
    totals, counts = Totals(world), Counter()
    yield from org.batches(params)
    yield from grid.batches(world)
    yield from external.batches(params, world.sky)
    yield Batch("marketing", "campaigns", params.first_day, marketing.campaign_table(params))
    counts["external/weather_days", "impossible_humidity"] = int(world.sky.impossible.sum())
    for entity, kind in truth.KINDS_OF_DIRT:
        counts[entity, kind] += 0
    made = written = 0

    def tell(blocks_made: int = 0, blocks_written: int = 0) -> None:
        nonlocal made, written
        made, written = made + blocks_made, written + blocks_written
        if progress:
            share = (made + written) / (2 * params.blocks)
            progress(round(params.accounts * share), params.accounts, "accounts")

    with ThreadPoolExecutor(1) as ahead:
        waiting, blocks = None, range(0)
        for following in [*params.chunks, None]:
            coming = following and ahead.submit(build, world, following, totals, tell)
            if waiting:
                yield from _counted(waiting.result().batches(), counts)
                tell(blocks_written=len(blocks))
            waiting, blocks = coming, following
    yield from totals.batches()
    yield Batch("truth", "dirt", params.end, truth.shared_dirt(world), "shared")
    yield Batch("truth", "defects", params.end, truth.defects(counts))


def _counted(batches: Iterator, counts: Counter) -> Iterator[Batch | Attachment]:
    """Passes batches on and adds up the planted defects that the truth names."""
    for batch in batches:
        is_truth = isinstance(batch, Batch) and batch.source == TRUTH
        if is_truth and batch.entity == "defects":
            for row in batch.table.to_pylist():
                counts[row["entity"], row["kind"]] += row["rows"]
            continue
        if is_truth and batch.entity == "dirt":
            grouped = batch.table.group_by(["entity", "kind"]).aggregate([([], "count_all")])
            for row in grouped.to_pylist():
                counts[row["entity"], row["kind"]] += row["count_all"]
        yield batch
