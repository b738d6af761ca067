"""Planted anomalies with cause, start and end; inspections that find some; what meters measure."""

from dataclasses import dataclass

import numpy as np

from connectors.simulator.accounts import Accounts, kinds, shape
from connectors.simulator.life import NEVER, Life
from connectors.simulator.params import config
from connectors.simulator.usage import WINDOWS, Use
from connectors.simulator.world import World

CAUSES = (
    "theft_scaled",
    "theft_night",
    "theft_phase",
    "meter_fault",
    "clock_fault",
    "collection_gap",
    "vacancy",
    "tariff_misuse",
    "over_capacity",
    "pump_leak",
)
_THEFTS = [0, 1, 2]
_FINDINGS = ("none", "theft", "breach", "meter_fault", "wiring", "other")
# The finding of an inspection that sees through each cause.
_FOUND_AS = np.array([1, 1, 1, 3, 3, 0, 0, 2, 2, 4])
_CLOCK_SHIFT_HOURS = 8


@dataclass
class Anomalies:
    """Arrays over the block's accounts: at most one anomaly each."""

    cause: np.ndarray  # place in CAUSES, -1
    start: np.ndarray
    end: np.ndarray  # first day after it
    strength: np.ndarray  # 0 to 1
    lost: np.ndarray  # kWh used and not measured

    def active(self, days: int) -> np.ndarray:
        """n x days."""
        time = np.arange(days)
        on = (self.start[:, None] <= time) & (time < self.end[:, None])
        return on & (self.cause >= 0)[:, None]

    def of(self, *causes: str) -> np.ndarray:
        """Accounts with one of the causes."""
        return np.isin(self.cause, [CAUSES.index(cause) for cause in causes])


@dataclass
class Inspections:
    """Rows: one visit each."""

    account: np.ndarray
    day: np.ndarray
    kind: np.ndarray  # place in WAYS
    finding: np.ndarray  # text
    kwh: np.ndarray  # recovered


WAYS = ("periodic", "rule", "tip")


def draw(world: World, who: Accounts, life: Life) -> tuple[Anomalies, Inspections]:
    """Who has an anomaly and when; an inspection that finds it ends it."""
    c, days, n = config()["anomalies"], world.params.days, who.n
    u = who.rng("anomalies").random((n, 6))
    names, firm = who.names(), who.is_firm
    rates = np.array([c[cause] for cause in CAUSES]) * days / 365
    can = np.ones((n, len(CAUSES)))
    can[:, 0] = can[:, 1] = ~who.is_large
    can[:, 2] = firm & (who.voltage_v >= 380)
    can[:, 4] = ~np.char.endswith(who.tariff.astype(str), "FLAT")
    can[:, 6] = names != "second_home"
    can[:, 7] = who.category == "residential"
    can[:, 8] = firm
    can[:, 9] = who.kind == kinds().index("farm")
    # The rates are of all accounts, so few candidates have more each.
    share = np.array([1, 1, 0.12, 1, 0.35, 1, 0.93, 0.88, 0.12, 0.019])
    limits = np.cumsum(can * np.minimum(rates / share, 0.5), axis=1)
    place = (u[:, 0, None] > limits).sum(axis=1)
    cause = np.where(place < len(CAUSES), place, -1)
    start = np.maximum(life.first, 0) + (u[:, 1] * days * 0.9).astype(np.int64)
    length = c["days"]["median"] * np.exp(
        c["days"]["spread"] * who.rng("anomaly.days").standard_normal((n, 1))[:, 0]
    )
    length = np.where(cause == CAUSES.index("collection_gap"), 10 + length / 6, length)
    end = start + np.maximum(length, 14).astype(np.int64)
    cause = np.where(start < np.minimum(life.end, days), cause, -1)
    found = Anomalies(cause, start, end, u[:, 2], np.zeros(n))
    return found, _inspect(world, who, life, found)


def _inspect(world: World, who: Accounts, life: Life, found: Anomalies) -> Inspections:
    c, days = config()["inspections"], world.params.days
    u = who.rng("inspections").random((who.n, 12))
    years = days / 365
    fell = [
        (found.of("theft_scaled", "theft_phase", "meter_fault", "vacancy"), found.start, 0.35),
        (life.suspended < NEVER, life.suspended, 0.3),
        (life.stopped < NEVER, life.stopped - 120, 0.3),
        ((life.moved < NEVER) & (life.move_level < 0.75), life.moved, 0.3),
        (who.names() == "second_home", np.full(who.n, days // 2), 0.02),
    ]
    # A clerk who goes where use fell by half finds much else than theft.
    scale = c["rule"] / 0.012
    rows = []
    periodic = u[:, 0] < c["periodic"] * years
    rows.append((periodic, (u[:, 1] * days).astype(int), 0))
    for place, (who_fell, when, share) in enumerate(fell):
        chosen = who_fell & (u[:, 2 + place] < share * scale)
        rows.append((chosen, when + 25 + (u[:, 7] * 60).astype(int), 1))
    stolen = np.isin(found.cause, _THEFTS)
    length = np.minimum(found.end, days) - found.start
    tip = stolen & (u[:, 8] < 1 - (1 - c["tip"]) ** (length / 365 * 4))
    rows.append((tip, found.start + (u[:, 9] * length).astype(int), 2))
    account = np.concatenate([np.flatnonzero(chosen) for chosen, _, _ in rows])
    day = np.concatenate([when[chosen] for chosen, when, _ in rows])
    way = np.concatenate([np.full(chosen.sum(), w) for chosen, _, w in rows])
    kept = (day >= life.first[account]) & (day < np.minimum(life.end[account], days))
    # Somebody who has just left can still be visited; before the first day nobody was.
    order = np.lexsort((way, account, day))
    order = order[kept[order]]
    account, day, way = account[order], day[order], way[order]
    finding = np.zeros(len(account), dtype=np.int64)
    for row in range(len(account)):
        a = account[row]
        active = found.cause[a] >= 0 and found.start[a] <= day[row] < found.end[a]
        code = _FOUND_AS[found.cause[a]] if active else 0
        if code and u[a, 10] < c["finds"]:
            finding[row] = code
            found.end[a] = day[row] + 1
        elif u[a, 11] < 0.03 * (1 + way[row] / 4):
            finding[row] = 4 + (u[a, 10] < 0.4)
    return Inspections(account, day, way, np.array(_FINDINGS)[finding], np.zeros(len(account)))


def apply(world: World, who: Accounts, use: Use, found: Anomalies) -> np.ndarray:
    """Change true use where the cause does, and return what the meters measure (n x days x 4)."""
    days = world.params.days
    active = found.active(days)
    for row in np.flatnonzero(found.of("vacancy", "over_capacity", "tariff_misuse", "pump_leak")):
        _use_differently(who, use, row, active[row], CAUSES[found.cause[row]], found.strength[row])
    measured = use.registers.copy()
    for row in np.flatnonzero((found.cause >= 0) & (found.cause <= 4)):
        on, cause, strength = active[row], CAUSES[found.cause[row]], found.strength[row]
        if cause == "theft_scaled":
            measured[row, on] *= np.float32(0.25 + 0.45 * strength)
        elif cause == "theft_night":
            measured[row, on, 3] *= np.float32(0.05 + 0.1 * strength)
        elif cause == "theft_phase":
            measured[row, on] *= np.float32(2 / 3 if strength < 0.7 else 1 / 3)
        elif cause == "meter_fault":
            # Four in ten stand still; the others run ever slower.
            slow = 1 - 0.6 * np.minimum(np.arange(days) - found.start[row], 120) / 120
            measured[row, on] *= 0 if strength < 0.4 else slow[on, None].astype(np.float32)
        else:
            measured[row, on] = _shifted(use, row)[on]
    return measured


def cut(use: Use, measured: np.ndarray, off: np.ndarray) -> None:
    """Nothing flows on the days ``off`` (n x days)."""
    for energy in (use.registers, use.export, measured):
        energy[off] = 0


def measure_loss(use: Use, measured: np.ndarray, found: Anomalies, visits: Inspections) -> None:
    """What was used and not measured, and what inspections that found a theft recover of it."""
    found.lost = (use.registers.sum(axis=(1, 2)) - measured.sum(axis=(1, 2))).astype(float)
    for visit in np.flatnonzero(visits.finding == "theft"):
        visits.kwh[visit] = found.lost[visits.account[visit]]


def _use_differently(who: Accounts, use: Use, row: int, on, cause: str, strength: float) -> None:
    registers = use.registers
    if cause == "vacancy":
        registers[row, on] *= np.float32(0.02)
    elif cause == "over_capacity":
        day = registers[row].sum(axis=1).max() or 1.0
        top = shape_top(use, row)
        wanted = (1.1 + 0.35 * strength) * who.capacity[row] / (day * top)
        registers[row, on] *= np.float32(np.clip(wanted, 1.2, 4))
    elif cause == "tariff_misuse":
        shop = np.bincount(hours(use, row), weights=shape("shop"), minlength=4)
        extra = (12 + 25 * strength) * shop
        registers[row, on] += extra.astype(np.float32)
    else:
        flow = (0.3 + 0.7 * strength) * who.base[row]
        registers[row, on] += (flow * np.bincount(hours(use, row), minlength=4) / 24).astype(
            np.float32
        )


def shape_top(use: Use, row: int) -> float:
    """Share of the day's energy in the highest hour."""
    return float(use.profile[row, 0].max())


def hours(use: Use, row: int) -> np.ndarray:
    """The register of each hour of an account's meter."""
    return WINDOWS[use.hours[row]]


def _shifted(use: Use, row: int) -> np.ndarray:
    """The registers of a meter whose clock is hours off: same total, wrong windows."""
    windows, profile = hours(use, row), use.profile[row, 0]
    true = np.bincount(windows, weights=profile, minlength=4)
    wrong = np.bincount(np.roll(windows, _CLOCK_SHIFT_HOURS), weights=profile, minlength=4)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(true > 0, wrong / true, 0)
    moved = use.registers[row] * ratio
    total = moved.sum(axis=1, keepdims=True)
    scale = np.divide(
        use.registers[row].sum(axis=1, keepdims=True),
        total,
        where=total > 0,
        out=np.zeros_like(total),
    )
    return (moved * scale).astype(np.float32)
