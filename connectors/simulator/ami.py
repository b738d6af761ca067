"""Meters and their daily reads, as landed: one file a day, and one of late and corrected rows."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from connectors import Batch
from connectors.simulator import grid
from connectors.simulator.branch import Branch
from connectors.simulator.columns import days, decimals, kwh, pick, times
from connectors.simulator.crm import account_numbers
from connectors.simulator.defects import Defect, ReadDefects, plant

_STATUSES = ["actual", "estimated", "substituted", "manual"]
_GUESSED = [Defect.ESTIMATED, Defect.SUBSTITUTED, Defect.CORRECTED]


def meter_numbers(branch: Branch) -> list[str]:
    """One meter an account."""
    return [f"33{index + 1:010d}" for index in range(len(branch.base))]


def batches(
    branch: Branch, progress: Callable[[int, int, str], None] | None = None
) -> Iterator[Batch]:
    """Meters when they are installed or removed, then reads by load date."""
    yield from _meters(branch)
    planted = plant(branch)
    reads = _Reads(branch, planted)
    last_load = branch.params.days
    again_row, again_day = np.nonzero(
        np.isin(planted.kind, [Defect.LATE, Defect.CORRECTED])
        & planted.supplied
        & (planted.again <= last_load)
    )
    again_load = planted.again[again_row, again_day]
    for load in range(1, last_load + 1):
        for day in np.flatnonzero(planted.file_load == load):
            table = reads.day(day)
            if table.num_rows:
                stem = f"reads-{branch.params.day(day):%Y%m%d}"
                yield Batch("ami", "daily_reads", branch.params.day(load), table, stem)
        here = again_load == load
        if here.any():
            table = reads.again(again_row[here], again_day[here], load)
            yield Batch("ami", "daily_reads", branch.params.day(load), table, "reads-again")
        if progress:
            progress(load, last_load, branch.params.day(load).isoformat())


def _meters(branch: Branch) -> Iterator[Batch]:
    params = branch.params
    numbers, accounts = meter_numbers(branch), account_numbers(branch)
    # A meter lands when it is installed and again when it is removed.
    loads = {index: [first] for index, first in enumerate(branch.first)}
    for index in np.flatnonzero(branch.closed < params.days):
        loads[index].append(branch.closed[index] + 1)
    by_load: dict[int, list[int]] = {}
    for index, moments in loads.items():
        for load in moments:
            by_load.setdefault(int(load), []).append(index)
    start = np.datetime64(params.first_day, "D")
    for load, indices in sorted(by_load.items()):
        rows = np.array(indices)
        table = pa.table(
            {
                "meter_no": pick(numbers, rows),
                "account_no": pick(accounts, rows),
                "transformer_no": pa.array([grid.transformer_of(branch, i) for i in indices]),
                "installed_on": days(start + branch.opened[rows]),
                "removed_on": days(start + branch.closed[rows], branch.closed[rows] < load),
                "ct_ratio": decimals(grid.ct_ratios(branch)[rows] * 1000, 12, 3),
            }
        )
        yield Batch("ami", "meters", params.day(load), table)


class _Reads:
    """Makes rows of daily reads from the branch's registers and the planted defects."""

    def __init__(self, branch: Branch, planted: ReadDefects):
        self.branch = branch
        self.planted = planted
        self.numbers = pa.array(meter_numbers(branch))
        self.registers = branch.has_registers
        self.sharp = branch.has_sharp
        # The head-end collects between 0:05 and 4:05 of the next day.
        self.second = 300 + (np.arange(len(branch.base)) * 7919) % 14_400

    def day(self, day: int) -> pa.Table:
        """The rows of one day's file."""
        kind = self.planted.kind[:, day]
        gone = (kind == Defect.MISSING) | (kind == Defect.LATE)
        rows = np.flatnonzero(self.planted.supplied[:, day] & ~gone)
        rows = np.repeat(rows, np.where(kind[rows] == Defect.DUPLICATE, 2, 1))
        at = np.full(len(rows), day)
        return self._table(rows, at, kind[rows], at + 1, self.second[rows])

    def again(self, rows: np.ndarray, day: np.ndarray, load: int) -> pa.Table:
        """Late and corrected rows; a correction is collected later in the day than any read."""
        corrected = self.planted.kind[rows, day] == Defect.CORRECTED
        second = np.where(corrected, 36_000, self.second[rows])
        return self._table(rows, day, np.zeros(len(rows), int), np.full(len(rows), load), second)

    def _table(self, rows, day, kind, collected, second) -> pa.Table:
        guessed = np.isin(kind, _GUESSED)
        week_ago = np.maximum(day - 7, self.branch.first[rows])
        used = self.branch.kwh[rows, np.where(guessed, week_ago, day)].astype(np.int64)
        used[kind == Defect.NEGATIVE] *= -1
        used[kind == Defect.SPIKE] = used[kind == Defect.SPIKE] * 30 + 10_000
        known = kind != Defect.FAILED
        split = known & self.registers[rows]
        status = np.select([kind == Defect.SUBSTITUTED, guessed], [2, 1], 0)
        status[kind == Defect.BAD_STATUS] = 3
        numbers = self.numbers.take(pa.array(rows, mask=kind == Defect.NULL_KEY))
        exported = self.branch.export[rows, day]
        start = np.datetime64(self.branch.params.first_day, "D")
        return pa.table(
            {
                "meter_no": numbers,
                "read_date": days(start + day),
                "kwh_total": kwh(used.sum(axis=1), known),
                "kwh_sharp": kwh(used[:, 0], split & self.sharp[rows]),
                "kwh_peak": kwh(used[:, 1], split),
                "kwh_flat": kwh(used[:, 2], split),
                "kwh_valley": kwh(used[:, 3], split),
                "kwh_export": kwh(exported, known & (self.branch.pv_kwp[rows] > 0)),
                "read_status": pick(_STATUSES, status),
                "collected_at": times(start + collected, second),
            }
        )
