"""Meters, daily reads with planted dirt, load curves and meter events, as landed."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import pyarrow as pa

from connectors import Batch
from connectors.simulator import columns as col
from connectors.simulator.accounts import Accounts
from connectors.simulator.anomalies import CAUSES, Anomalies
from connectors.simulator.landing import Landing
from connectors.simulator.life import Life
from connectors.simulator.marketing import account_numbers
from connectors.simulator.params import SimParams, config
from connectors.simulator.usage import WINDOWS, Use
from connectors.simulator.world import World


class Defect(IntEnum):
    """What is wrong with a meter's day; at most one thing, so what is planted can be counted."""

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
    WATT_HOURS = 12  # a thousand times too much


_RATED = [d for d in Defect if d != Defect.NONE]
_GUESSED = np.zeros(len(Defect), dtype=bool)
_GUESSED[[Defect.ESTIMATED, Defect.SUBSTITUTED, Defect.CORRECTED]] = True
_STATUSES = pa.array(["actual", "estimated", "substituted", "manual"])
# Hard rules that a defect breaks: column of ami.daily_reads.
BREACHES = {Defect.BAD_STATUS: "read_status", Defect.NULL_KEY: "meter_no"}


def meter_numbers(index: np.ndarray) -> pa.Array:
    """One meter an account."""
    return col.numbered("33", np.asarray(index) + 1, 10)


def orphans(params: SimParams, block: int, n: int) -> np.ndarray:
    """Accounts whose meter lands under a number that the customer system does not know."""
    return params.rng("orphans", block).random(n) < config()["dirt"]["orphan_meters"] * params.dirt


@dataclass
class Reads:
    """One block's measured energy and dirt: day-major, so that a day's rows lie together."""

    index: np.ndarray  # n
    registers: np.ndarray  # days x n x 4, hundredths of a kWh
    export: np.ndarray  # days x n
    exports_from: np.ndarray  # n: first day with an export register, the horizon's end for none
    has_sharp: np.ndarray
    has_registers: np.ndarray
    first: np.ndarray
    end: np.ndarray
    kind: np.ndarray  # days x n
    again: np.ndarray  # days x n, days until a late read or a correction lands


def reads(world: World, who: Accounts, life: Life, use: Use, measured, found: Anomalies) -> Reads:
    """What a block's meters registered, and what goes wrong on the way."""
    registers = np.rint(measured.transpose(1, 0, 2) * 100).astype(np.int32)
    export = np.rint(use.export.T * 100).astype(np.int32)
    kind, again = _plant(world, who, life)
    gap = found.active(world.params.days) & found.of("collection_gap")[:, None]
    kind[gap.T] = Defect.MISSING
    tariff = who.tariff.astype(str)
    # The register comes with the panels: there before, it would tell who is going to buy some.
    fed = use.export > 0
    bought = np.where(fed.any(axis=1), fed.argmax(axis=1), world.params.days)
    return Reads(
        who.index,
        registers,
        export,
        np.where(who.pv_kwp > 0, 0, bought),
        use.hours == 2,
        tariff != "AGR-FLAT",
        life.first,
        np.minimum(life.end, world.params.days),
        kind,
        again,
    )


def _plant(world: World, who: Accounts, life: Life) -> tuple[np.ndarray, np.ndarray]:
    params, c = world.params, config()["dirt"]
    shape = (params.days, who.n)
    kind = np.zeros(shape, dtype=np.int8)
    again = np.zeros(shape, dtype=np.int8)
    u = who.rng("defects").random((who.n, params.days, 2), dtype=np.float32)
    # A fault of the grid fails reads however clean the files are.
    failed = (life.outage_hours > 1) & (u[:, :, 1] < config()["grid"]["failed_read_share"])
    kind[failed.T] = Defect.FAILED
    if params.dirt:
        limits = np.cumsum([c[d.name.lower()] for d in _RATED]) * params.dirt
        hit_account, hit_day = np.nonzero(u[:, :, 0] < limits[-1])
        at = np.searchsorted(limits, u[hit_account, hit_day, 0], side="right")
        kind[hit_day, hit_account] = np.array(_RATED)[np.minimum(at, len(_RATED) - 1)]
        again[hit_day, hit_account] = 2 + (u[hit_account, hit_day, 1] * 19).astype(np.int8)
        g = who.rng("gaps").random((who.n, 3))
        for row in np.flatnonzero(g[:, 0] < c["gap"] * params.dirt * params.days / 365):
            start = int(g[row, 1] * params.days)
            kind[start : start + 10 + int(g[row, 2] * 35), row] = Defect.MISSING
    return kind, again


def file_loads(params: SimParams) -> np.ndarray:
    """The load of each day's file."""
    u = params.rng("late files").random((params.days, 2))
    late = u[:, 0] < config()["dirt"]["late_file"] * params.dirt
    return np.arange(params.days) + 1 + np.where(late, 1 + (u[:, 1] * 4).astype(int), 0)


def read_batches(params: SimParams, parts: list[Reads], stem: str) -> Iterator[Batch]:
    """The chunk's reads: a file a day, and one a load date of late and corrected rows."""
    whole = {
        name: np.concatenate([getattr(p, name) for p in parts], axis=axis)
        for name, axis in [
            ("index", 0),
            ("registers", 1),
            ("export", 1),
            ("exports_from", 0),
            ("has_sharp", 0),
            ("has_registers", 0),
            ("first", 0),
            ("end", 0),
            ("kind", 1),
            ("again", 1),
        ]
    }
    parts.clear()
    chunk = Reads(**whole)
    maker = _Rows(params, chunk)
    loads = file_loads(params)
    for day in range(params.days):
        if loads[day] <= params.days:
            table = maker.day(day)
            if table.num_rows:
                name = f"reads-{params.day(day):%Y%m%d}-{stem}"
                yield Batch("ami", "daily_reads", params.day(loads[day]), table, name)
    day, row = np.nonzero(np.isin(chunk.kind, [Defect.LATE, Defect.CORRECTED]))
    # A correction follows what it corrects, even where that file is late.
    load = np.maximum(day + 1 + chunk.again[day, row], loads[day])
    kept = (chunk.first[row] <= day) & (day < chunk.end[row]) & (load <= params.days)
    order = np.argsort(load[kept], kind="stable")
    day, row, load = day[kept][order], row[kept][order], load[kept][order]
    for value in np.unique(load):
        here = slice(*np.searchsorted(load, [value, value + 1]))
        table = maker.again(row[here], day[here], int(value))
        yield Batch("ami", "daily_reads", params.day(value), table, f"reads-again-{stem}")


class _Rows:
    """Makes rows of daily reads from registers and planted defects."""

    def __init__(self, params: SimParams, chunk: Reads):
        self.params, self.chunk = params, chunk
        self.numbers = meter_numbers(chunk.index)
        # The head-end collects between 0:05 and 4:05 of the next day.
        self.second = 300 + (chunk.index * 7919) % 14_400

    def day(self, day: int) -> pa.Table:
        """The rows of one day's file."""
        chunk, kind = self.chunk, self.chunk.kind[day]
        there = (chunk.first <= day) & (day < chunk.end)
        rows = np.flatnonzero(there & (kind != Defect.MISSING) & (kind != Defect.LATE))
        rows = np.repeat(rows, np.where(kind[rows] == Defect.DUPLICATE, 2, 1))
        kind = kind[rows]
        used = chunk.registers[day, rows].astype(np.int64)
        guessed = np.flatnonzero(_GUESSED[kind])
        if len(guessed):
            week_ago = np.maximum(day - 7, chunk.first[rows[guessed]])
            used[guessed] = chunk.registers[week_ago, rows[guessed]]
        return self._table(rows, day, kind, used, day + 1, self.second[rows])

    def again(self, rows: np.ndarray, day: np.ndarray, load: int) -> pa.Table:
        """Late and corrected rows; a correction is collected later in the day than any read."""
        chunk = self.chunk
        corrected = chunk.kind[day, rows] == Defect.CORRECTED
        second = np.where(corrected, 36_000, self.second[rows])
        used = chunk.registers[day, rows].astype(np.int64)
        return self._table(rows, day, np.zeros(len(rows), int), used, load, second)

    def _table(self, rows, day, kind, used, collected, second) -> pa.Table:
        chunk = self.chunk
        odd = np.flatnonzero(kind)
        if len(odd):
            used[kind == Defect.NEGATIVE] *= -1
            used[kind == Defect.SPIKE] = used[kind == Defect.SPIKE] * 30 + 10_000
            used[kind == Defect.WATT_HOURS] *= 1000
        known = kind != Defect.FAILED
        feeds = known & (day >= chunk.exports_from[rows])
        split = known & chunk.has_registers[rows]
        status = np.where(kind == Defect.SUBSTITUTED, 2, _GUESSED[kind].astype(int))
        status[kind == Defect.BAD_STATUS] = 3
        numbers = self.numbers.take(pa.array(rows, mask=kind == Defect.NULL_KEY))
        origin, count = self.params.origin, len(rows)
        return pa.table(
            {
                "meter_no": numbers,
                "read_date": col.days(np.broadcast_to(origin + day, count)),
                "kwh_total": col.kwh(used.sum(axis=1), known),
                "kwh_sharp": col.kwh(used[:, 0], split & chunk.has_sharp[rows]),
                "kwh_peak": col.kwh(used[:, 1], split),
                "kwh_flat": col.kwh(used[:, 2], split),
                "kwh_valley": col.kwh(used[:, 3], split),
                "kwh_export": col.kwh(chunk.export[day, rows], feeds),
                "read_status": _STATUSES.take(pa.array(status)),
                "collected_at": col.times(np.broadcast_to(origin + collected, count), second),
            }
        )


def cut(reads: Reads, demand: "Demand", off: np.ndarray) -> None:
    """Nothing is measured on the days ``off`` (n x days) of accounts that are cut off."""
    reads.registers[off.T] = 0
    reads.export[off.T] = 0
    demand.kw[off[demand.account]] = 0


def defect_counts(params: SimParams, chunk: Reads) -> dict[Defect, int]:
    """Landed rows of a block (for MISSING: rows that never landed) by kind of defect."""
    time = np.arange(params.days)[:, None]
    supplied = (chunk.first <= time) & (time < chunk.end)
    loads = file_loads(params)[:, None]
    on_time = supplied & (loads <= params.days)
    again = np.maximum(time + 1 + chunk.again, loads) <= params.days
    result = {}
    for defect in _RATED:
        hit = chunk.kind == defect
        if defect == Defect.MISSING:
            hit = hit & supplied
        elif defect in (Defect.LATE, Defect.CORRECTED):
            # Of a correction, the second version counts.
            hit = hit & supplied & again
        else:
            hit = hit & on_time
        result[defect] = int(hit.sum())
    return result


def land_meters(world: World, who: Accounts, life: Life, transformer: pa.Array, landing: Landing):
    """A meter lands when it is installed and again when it is removed."""
    params = world.params
    accounts = account_numbers(
        np.where(orphans(params, who.block, who.n), who.index + 90_000_000, who.index)
    )
    numbers, ratio = meter_numbers(who.index), ct_ratios(who)
    for removed in (False, True):
        at = np.flatnonzero(life.closed < params.days) if removed else np.arange(who.n)
        known = life.closed[at] if removed else life.first[at] - 1
        landing.add(
            "ami/meters",
            known,
            pa.table(
                {
                    "meter_no": numbers.take(pa.array(at)),
                    "account_no": accounts.take(pa.array(at)),
                    "transformer_no": transformer.take(pa.array(at)),
                    "installed_on": col.days(params.origin + life.opened[at]),
                    "removed_on": col.days(
                        params.origin + life.closed[at], np.full(len(at), removed)
                    ),
                    "ct_ratio": col.kva(ratio[at] * 1000),
                }
            ),
        )


def ct_ratios(who: Accounts) -> np.ndarray:
    """Ratio of the current transformers, already applied to reads: large supplies have them."""
    return np.where(who.capacity >= 100, 40, np.where(who.capacity >= 50, 20, 1))


def land_events(world: World, who: Accounts, found: Anomalies, landing: Landing) -> None:
    """What meters report: part of what is wrong with them, days later, among many false alarms."""
    params, codes = world.params, config()["meter_events"]
    u = who.rng("events").random((who.n, len(codes), 4))
    for place, (code, c) in enumerate(codes.items()):
        sick = found.cause == CAUSES.index(c["cause"])
        rows = np.flatnonzero(sick & (u[:, place, 0] < c["detects"]))
        when = found.start[rows] + c["days_after"] * u[rows, place, 1] ** 2
        kept = when < np.minimum(found.end[rows], params.days)
        _land_events(params, who, rows[kept], code, when[kept], landing)
        rows = np.flatnonzero(u[:, place, 2] < c["benign"] * params.days / 365)
        _land_events(params, who, rows, code, u[rows, place, 3] * params.days, landing)


def _land_events(params, who, rows, code: str, when, landing: Landing) -> None:
    kept = when < params.days
    rows, when = rows[kept], when[kept]
    landing.add(
        "ami/meter_events",
        when.astype(int),
        pa.table(
            {
                "meter_no": meter_numbers(who.index[rows]),
                "event_code": pa.repeat(code, len(rows)),
                "started_at": col.moments(params.origin, when),
                "ended_at": pa.nulls(len(rows), pa.timestamp("us")),
            }
        ),
    )


@dataclass
class Demand:
    """Hourly load of accounts with curves."""

    account: np.ndarray  # m
    kw: np.ndarray  # m x days x 24, float32


def hourly(world: World, who: Accounts, use: Use, measured: np.ndarray) -> Demand:
    """Each register's energy spread over its hours by the account's shape, with noise."""
    u = who.rng("curves").random((who.n, 1))[:, 0]
    account = np.flatnonzero(
        who.is_large | (~who.is_firm & (u < config()["usage"]["curve_household_share"]))
    )
    days = world.params.days
    kw = np.empty((len(account), days, 24), dtype=np.float32)
    day_off = world.calendar.rest.astype(int)
    for place, row in enumerate(account):
        rng = world.params.rng("curve", int(who.index[row]))
        weight = use.profile[row][day_off].astype(np.float32) + np.float32(0.004)
        weight *= np.exp(0.07 * rng.standard_normal((days, 24), dtype=np.float32))
        windows = WINDOWS[use.hours[row]]
        for register in range(4):
            hours = windows == register
            if hours.any():
                part = weight[:, hours]
                energy = measured[row, :, register, None]
                kw[place][:, hours] = energy * part / part.sum(axis=1, keepdims=True)
    return Demand(account, kw)


def land_curves(world: World, who: Accounts, life: Life, demand: Demand, landing: Landing) -> None:
    """Curves of 60 minutes, of the largest firms of 15."""
    params = world.params
    quarter = who.capacity[demand.account] >= config()["usage"]["curve_quarter_hour_kva"]
    for is_quarter in (False, True):
        places = np.flatnonzero(quarter == is_quarter)
        for place in places:
            row = demand.account[place]
            first, end = life.first[row], min(life.end[row], params.days)
            if end <= first:
                continue
            kw = demand.kw[place, first:end].reshape(-1)
            step = 900 if is_quarter else 3600
            if is_quarter:
                rng = params.rng("curve.quarter", int(who.index[row]))
                wiggle = rng.standard_normal((len(kw), 4), dtype=np.float32) * np.float32(0.03)
                kw = (kw[:, None] * (1 + wiggle - wiggle.mean(axis=1, keepdims=True))).reshape(-1)
            start = (params.origin + first).astype("datetime64[us]").astype(np.int64)
            # The contract's stamp is the interval's end.
            at = start + np.arange(1, len(kw) + 1, dtype=np.int64) * step * 1_000_000
            known = first + np.arange(len(kw)) // (86_400 // step)
            landing.add(
                "ami/load_curves",
                known,
                pa.table(
                    {
                        "meter_no": pa.repeat(meter_numbers(who.index[row : row + 1])[0], len(kw)),
                        "read_at": pa.array(at, pa.timestamp("us")),
                        "kw": col.kva(np.rint(np.maximum(kw, 0) * 1000).astype(np.int64)),
                    }
                ),
            )
