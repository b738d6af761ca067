"""One chunk of blocks: every step of the causal model, in order."""

from collections.abc import Callable, Iterator

import pyarrow as pa

from connectors import Attachment, Batch
from connectors.simulator import (
    accounts,
    ami,
    anomalies,
    billing,
    crm,
    documents,
    grid,
    life,
    marketing,
    payments,
    process,
    service,
    truth,
    usage,
)
from connectors.simulator.landing import Landing
from connectors.simulator.params import BLOCK, SimParams
from connectors.simulator.reports import Totals
from connectors.simulator.world import World


class Chunk:
    """What the blocks of one chunk landed, and what is true of them."""

    def __init__(self, params: SimParams, blocks: range):
        """Nothing yet."""
        self.params = params
        self.stem = f"part-{blocks.start * BLOCK:07d}"
        self.landing = Landing(params, self.stem)
        self.reads: list[ami.Reads] = []
        self.forms: list[pa.Table] = []
        self.truth: dict[str, list[pa.Table]] = {}

    def know(self, name: str, *tables: pa.Table) -> None:
        """Add to the truth."""
        if tables:
            self.truth.setdefault(name, []).extend(tables)

    def batches(self) -> Iterator[Batch | Attachment]:
        """All of it, file by file; memory is given back on the way."""
        drawn = []
        for table in self.forms:
            for attachment, row in documents.images(self.params, table):
                drawn.append(row)
                yield attachment
        if drawn:
            self.know("application_forms", pa.Table.from_pylist(drawn).drop_columns(["key"]))
        yield from ami.read_batches(self.params, self.reads, self.stem)
        self.know("dirt", *self.landing.dirt)
        yield from self.landing.batches()
        while self.truth:
            name, tables = self.truth.popitem()
            yield Batch("truth", name, self.params.end, pa.concat_tables(tables), self.stem)


def build(
    world: World, blocks: range, totals: Totals, tell: Callable[[int], None] | None = None
) -> Chunk:
    """Make a chunk; ``tell`` hears of each block made."""
    chunk = Chunk(world.params, blocks)
    for block in blocks:
        _block(world, block, chunk, totals)
        if tell:
            tell(1)
    return chunk


def _block(world: World, block: int, chunk: Chunk, totals: Totals) -> None:
    landing = chunk.landing
    who = accounts.draw(world.params, block)
    events = life.draw(world, who)
    offers = marketing.draw(world, who, events)
    found, visits = anomalies.draw(world, who, events)
    use = usage.draw(world, who, events, offers)
    measured = anomalies.apply(world, who, use, found)
    reads = ami.reads(world, who, events, use, measured, found)
    demand = ami.hourly(world, who, use, measured)
    bills = billing.draw(world, who, events, offers, reads, demand)
    ledger = payments.draw(world, who, offers, bills)
    # Who is cut off for arrears uses nothing until the supply is back: use, reads and bills again.
    cut = payments.without_supply(world, ledger, bills)
    if cut.any():
        anomalies.cut(use, measured, cut)
        ami.cut(reads, demand, cut)
        bills = billing.draw(world, who, events, offers, reads, demand)
        ledger = payments.billed_again(ledger, bills)
    anomalies.measure_loss(use, measured, found, visits)
    applied = process.draw(world, who, events, offers)
    orders = service.draw(world, who, events, offers, ledger, bills, applied)

    crm.land(world, who, events, offers, process.applied_on(who, applied), landing)
    ami.land_meters(world, who, events, grid.transformer_numbers(who), landing)
    ami.land_events(world, who, found, landing)
    ami.land_curves(world, who, events, demand, landing)
    by_station = grid.land(world, who, use, measured, landing)
    billing.land(world, who, bills, landing)
    payments.land(world, who, events, bills, ledger, landing)
    marketing.land(world, who, events, offers, landing)
    process.land(world, who, events, applied, landing)
    if forms := documents.land(world, who, events, applied, landing):
        chunk.forms.append(forms)
    process.land_inspections(world, who, visits, landing)
    written, spoken = service.land(world, who, events, orders, landing)
    service.land_surveys(world, who, events, landing)
    totals.add(who, events, bills, ledger, orders, by_station)

    chunk.know("customers", crm.holders(world, who, events))
    chunk.know("accounts", truth.accounts(world, who, events, use, offers))
    chunk.know("account_month", *truth.monthly(world, who, events, ledger, bills))
    chunk.know("uplift", truth.uplift(who, offers))
    chunk.know("touches", truth.touches(who, offers))
    chunk.know("anomalies", truth.anomalies(world, who, found))
    chunk.know("application_stages", truth.applications(who, applied))
    chunk.know("work_orders", *written)
    chunk.know("transcripts", *spoken)
    chunk.know("read_defects", truth.read_defects(world, reads))
    counts = ami.defect_counts(world.params, reads)
    chunk.know(
        "defects", _counts({("ami/daily_reads", k.name.lower()): n for k, n in counts.items()})
    )
    orphaned = int(ami.orphans(world.params, block, who.n).sum())
    chunk.know("defects", _counts({("ami/meters", "orphan"): orphaned}))
    chunk.reads.append(reads)


def _counts(counts: dict[tuple[str, str], int]) -> pa.Table:
    rows = [{"entity": e, "kind": k, "rows": n} for (e, k), n in counts.items()]
    return pa.Table.from_pylist(rows)
