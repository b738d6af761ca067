"""What happens to accounts: opening, moving, growing, suspending, leaving, closing."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from connectors.simulator.accounts import Accounts
from connectors.simulator.params import config
from connectors.simulator.world import World

NEVER = 10**6  # an index no day has
AHEAD = 3  # months that true probabilities look ahead
REASONS = ("price", "service", "relocation")


@dataclass
class Life:
    """Day indices over accounts; NEVER where it does not happen, negative before the first day."""

    opened: np.ndarray
    closed: np.ndarray
    stopped: np.ndarray  # first day without use, unannounced
    moved: np.ndarray  # a new household takes over
    move_level: np.ndarray  # its use ÷ the old one's
    suspended: np.ndarray
    resumed: np.ndarray
    resized: np.ndarray
    resize_ratio: np.ndarray  # new ÷ old capacity
    left: np.ndarray  # a firm takes its supply from another seller
    leave_reason: np.ndarray  # place in REASONS, -1
    hazards: dict[str, np.ndarray]  # a year, while at risk
    leave_hazard: np.ndarray  # n x months and AHEAD more, chance to leave in the month
    relocation: np.ndarray  # n, the part of it that moves away and closes the account
    failures: np.ndarray  # n x months, recent service failures as the account feels them
    outage_hours: np.ndarray  # n x days

    @property
    def first(self) -> np.ndarray:
        """First day with reads."""
        return np.maximum(self.opened, 0)

    @property
    def end(self) -> np.ndarray:
        """The day after the last one with reads."""
        return np.minimum(self.stopped, self.closed)


def draw(world: World, who: Accounts) -> Life:
    """The events of a block, from its traits and its feeders' outages."""
    c, params, n = config()["life"], world.params, who.n
    u = who.rng("life").random((n, 16))
    days, firm, large = params.days, who.is_firm, who.is_large
    opens = u[:, 0] < c["opens"] * days / 365
    age = 1 + (u[:, 1] * 20 * 365).astype(np.int64)
    opened = np.where(opens, (u[:, 2] * days).astype(np.int64), -age)
    hazard = {name: _hazard(who, c[name]) for name in _HAZARDS}
    hazards = {
        "moves": np.where(firm, 0, hazard["household_moves"]),
        "silent_end": hazard["silent_end"],
        "closes": np.where(firm, hazard["firm_closes"], hazard["household_closes"]),
        "suspends": np.where(large, hazard["suspends"], 0),
        "increases": np.where(firm, hazard["increases"], hazard["increases"] / 5),
        "decreases": np.where(large, hazard["decreases"], 0),
    }
    outage, faults = _outages(world, who)
    at = {name: _when(u[:, i], hazards[name], opened, days) for i, name in enumerate(hazards, 3)}
    left, reason, leave, relocation, failures = _leaving(world, who, opened, faults, u[:, 10])
    relocates = reason == REASONS.index("relocation")
    closed = np.where(relocates, np.minimum(at["closes"], left), at["closes"])
    stopped = np.where(at["silent_end"] < closed, at["silent_end"], NEVER)
    closed = np.where(stopped < NEVER, NEVER, closed)
    end = np.minimum(closed, stopped)
    low, high = c["increase_ratio"]
    grows = at["increases"] <= at["decreases"]
    resized = np.minimum(at["increases"], at["decreases"])
    length = 45 + (u[:, 12] * 120).astype(np.int64)

    def before_end(day: np.ndarray) -> np.ndarray:
        return np.where(day < end, day, NEVER)

    suspended = before_end(at["suspends"])
    return Life(
        opened, closed, stopped,
        moved=before_end(at["moves"]), move_level=np.exp(0.8 * (u[:, 11] - 0.5)),
        suspended=suspended,
        resumed=np.where(suspended < NEVER, before_end(suspended + length), NEVER),
        resized=before_end(resized),
        resize_ratio=np.where(grows, low + (high - low) * u[:, 13], 0.4 + 0.4 * u[:, 13]),
        left=before_end(np.where(relocates, NEVER, left)), leave_reason=reason, hazards=hazards,
        leave_hazard=leave, relocation=relocation, failures=failures, outage_hours=outage,
    )  # fmt: skip


_HAZARDS = (
    "household_moves", "silent_end", "household_closes", "firm_closes", "suspends", "increases",
    "decreases",
)  # fmt: skip


def _hazard(who: Accounts, c: dict) -> np.ndarray:
    growth = who.growth / np.where(who.is_firm, 0.14, 0.05)
    effect = c.get("growth", 0) * growth + c.get("pressure", 0) * who.pressure
    return c["rate"] * np.exp(effect - c.get("youth", 0) * who.age)


def _when(u: np.ndarray, hazard: np.ndarray, opened: np.ndarray, days: int) -> np.ndarray:
    """The day of the first event of a constant hazard a year, NEVER past the end."""
    with np.errstate(divide="ignore", invalid="ignore"):
        wait = np.where(hazard > 0, -np.log1p(-u) / hazard * 365, NEVER)
    day = np.maximum(opened, 0) + 1 + np.minimum(wait, NEVER).astype(np.int64)
    return np.where(day < days, day, NEVER)


def _outages(world: World, who: Accounts) -> tuple[np.ndarray, np.ndarray]:
    """Hours without supply (n x days) and whether a fault, not planned work, hit the day."""
    hours = np.zeros((who.n, world.params.days), dtype=np.float32)
    faults = np.zeros((who.n, world.params.days), dtype=bool)
    for place in np.unique(who.neighbourhood):
        rows = np.flatnonzero(who.neighbourhood == place)
        span = slice(rows[0], rows[-1] + 1)
        feeder = world.feeder_outages(int(who.feeder[rows[0]]))
        for outages in (feeder, world.transformer_outages(int(place))):
            for start, length, planned in zip(
                outages.start, outages.hours, outages.is_planned, strict=True
            ):
                day = int(start)
                # What runs past midnight is counted on the first day.
                hours[span, day] = np.minimum(hours[span, day] + length, 24)
                faults[span, day] |= not planned
    return hours, faults


def _leaving(world: World, who: Accounts, opened: np.ndarray, faults: np.ndarray, u: np.ndarray):
    """Firms on the retail market that leave their seller, month by month, and why."""
    c = config()["churn"]
    months, n = world.months, who.n
    calendar = [m.first.month for m in months]
    calendar += [(calendar[-1] + ahead) % 12 + 1 for ahead in range(AHEAD)]
    by_month = np.zeros((n, len(calendar)))
    for place, month in enumerate(months):
        by_month[:, place] = faults[:, month.start : month.stop].sum(axis=1)
    # After the last day nobody knows: as many faults as there were on average.
    by_month[:, len(months) :] = by_month[:, : len(months)].mean(axis=1, keepdims=True)
    failures = np.zeros((n, len(calendar)))
    for place in range(1, len(calendar)):
        failures[:, place] = 0.5 * failures[:, place - 1] + by_month[:, place - 1]
    market = who.supply_mode == "retail_market"
    static = c["base"] + c["satisfaction"] * who.satisfaction
    price = c["price_sensitivity"] * who.price
    shock = np.array([month in c["price_shock_months"] for month in calendar]) * c["price_shock"]
    service = c["service_failure"] * np.minimum(failures, 3)
    by_choice = np.where(market[:, None], expit((static + price)[:, None] + shock + service), 0.0)
    relocate = np.where(who.is_firm, c["relocation"] * np.where(who.growth < -0.05, 2, 1), 0)
    hazard = 1 - (1 - by_choice) * (1 - relocate[:, None])
    # Nobody leaves before the month after the first.
    within = np.arange(len(calendar)) > world.month_of_day[np.maximum(opened, 0)][:, None]
    within |= (opened < 0)[:, None]
    hazard = hazard * within
    survive = np.cumprod(1 - hazard[:, : len(months)], axis=1)
    # One draw decides the month: the first where survival falls below it.
    gone = survive < 1 - u[:, None]
    place = np.where(gone.any(axis=1), gone.argmax(axis=1), -1)
    at = np.maximum(place, 0)
    rows = np.arange(n)
    start = np.array([m.start for m in months])[at]
    length = np.array([m.stop - m.start for m in months])[at]
    v = who.rng("leaving").random((n, 2))
    day = start + (v[:, 0] * length).astype(np.int64)
    moved_away = v[:, 1] * hazard[rows, at] < relocate
    felt = service[rows, at] > np.maximum(price, 0)
    reason = np.where(moved_away, 2, np.where(felt, 1, 0))
    reason = np.where(place < 0, -1, reason)
    return np.where(place < 0, NEVER, day), reason, hazard, relocate, failures[:, : len(months)]
