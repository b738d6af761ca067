"""Defects of daily reads: which day of which meter has which, and when it lands.

A day has at most one defect, so what is planted can be counted.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from connectors.simulator.branch import Branch
from connectors.simulator.params import SimParams, Stream


class Defect(IntEnum):
    """What is wrong with a meter's day."""

    NONE = 0
    MISSING = 1  # no row at all
    FAILED = 2  # a row without any energy
    ESTIMATED = 3  # last week's value, marked so
    SUBSTITUTED = 4
    NEGATIVE = 5
    SPIKE = 6
    DUPLICATE = 7  # the same row twice in a file
    CORRECTED = 8  # an estimate, and days later the actual value
    LATE = 9  # lands days later
    BAD_STATUS = 10  # hard: a status that the contract does not know
    NULL_KEY = 11  # hard: no meter number


# Share of meter days at dirt 1; gaps of whole weeks come on top of MISSING.
_RATES = {
    Defect.MISSING: 0.006,
    Defect.FAILED: 0.002,
    Defect.ESTIMATED: 0.005,
    Defect.SUBSTITUTED: 0.001,
    Defect.NEGATIVE: 0.0004,
    Defect.SPIKE: 0.0004,
    Defect.DUPLICATE: 0.0008,
    Defect.CORRECTED: 0.002,
    Defect.LATE: 0.004,
    Defect.BAD_STATUS: 0.0003,
    Defect.NULL_KEY: 0.0002,
}
_GAP_SHARE = 0.04  # accounts a year whose meter is silent for weeks
_LATE_FILE_SHARE = 0.01  # days whose whole file lands late
# Hard rules that a defect breaks: column of ami.daily_reads.
BREACHES = {Defect.BAD_STATUS: "read_status", Defect.NULL_KEY: "meter_no"}


@dataclass
class ReadDefects:
    """Arrays over accounts and days; loads are day indices, later than the last is never."""

    kind: np.ndarray  # n x d
    again: np.ndarray  # n x d, load of a late read or of a correction
    file_load: np.ndarray  # d, load of the day's file
    supplied: np.ndarray  # n x d, whether the meter was there and in use


def plant(branch: Branch) -> ReadDefects:
    """Draw the defects of all reads."""
    params = branch.params
    time = np.arange(params.days)
    supplied = (branch.first[:, None] <= time) & (time <= branch.last[:, None])
    kind = np.zeros(supplied.shape, dtype=np.int8)
    again = np.zeros(supplied.shape, dtype=np.int32)
    file_load = time + 1
    if params.dirt:
        for index in range(len(kind)):
            kind[index], again[index] = _of_account(params, index)
        rng = params.stream(Stream.FILE_DEFECTS)
        late = rng.random(params.days) < _LATE_FILE_SHARE * params.dirt
        file_load = file_load + np.where(late, rng.integers(1, 5, params.days), 0)
    return ReadDefects(kind, again, file_load, supplied)


def _of_account(params: SimParams, index: int) -> tuple[np.ndarray, np.ndarray]:
    rng = params.stream(Stream.READ_DEFECTS, index)
    limits = np.cumsum(list(_RATES.values())) * params.dirt
    place = np.searchsorted(limits, rng.random(params.days), side="right")
    # Past the last limit is no defect.
    kind = np.array([*_RATES, Defect.NONE], dtype=np.int8)[place]
    again = np.arange(params.days) + 1 + rng.integers(2, 21, params.days)
    if rng.random() < _GAP_SHARE * params.dirt * params.days / 365:
        start, length = int(rng.integers(params.days)), int(rng.integers(10, 45))
        kind[start : start + length] = Defect.MISSING
    return kind, again


def counts(branch: Branch, planted: ReadDefects) -> dict[Defect, int]:
    """Landed rows (for MISSING: rows that never landed) by kind of defect."""
    last_load = branch.params.days
    on_time = planted.supplied & (planted.file_load <= last_load)
    result = {}
    for defect in _RATES:
        hit = planted.kind == defect
        if defect == Defect.MISSING:
            hit = hit & planted.supplied
        elif defect in (Defect.LATE, Defect.CORRECTED):
            # Of a correction, the second version counts.
            hit = hit & planted.supplied & (planted.again <= last_load)
        else:
            hit = hit & on_time
        result[defect] = int(hit.sum())
    return result
