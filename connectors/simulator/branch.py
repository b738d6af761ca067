"""One simulated branch in arrays: who the accounts are and what each used on each day."""

from dataclasses import dataclass

import numpy as np

from connectors.simulator.archetypes import ARCHETYPES, PAYERS
from connectors.simulator.external import Calendar, Weather, calendar, weather
from connectors.simulator.params import SimParams, Stream

# Codes and names of places that do not exist.
DISTRICTS = ("990101", "990102", "990103")
STATIONS_PER_DISTRICT = 2
NEVER = 10**6  # an index no day has
_LEAVING_DAYS = 270


@dataclass
class Branch:
    """Arrays over accounts (n) and days (d); day indices count from ``params.first_day``.

    Accounts past ``params.accounts`` are orphans: metered, but unknown to the customer system.
    """

    params: SimParams
    weather: Weather
    calendar: Calendar
    archetype: np.ndarray  # n, place in ARCHETYPES
    district: np.ndarray
    station: np.ndarray  # place among the district's stations
    tariff: np.ndarray  # n, tariff code
    payer: np.ndarray  # n, place in PAYERS
    capacity: np.ndarray  # kVA
    power_factor: np.ndarray  # adjustment in thousandths of energy and capacity charge
    base: np.ndarray  # kWh a day
    heat: np.ndarray  # kWh per heating degree day
    cool: np.ndarray
    rest_ratio: np.ndarray
    noise: np.ndarray
    shares: np.ndarray  # n x 4: sharp, peak, flat, valley
    trend: np.ndarray  # change of use in a year, e.g. -0.2; levels hold at the last day
    pv_kwp: np.ndarray
    opened: np.ndarray  # index of the day, negative before the first day
    stopped: np.ndarray  # first day without use, unannounced, or NEVER
    closed: np.ndarray  # day the account was closed, or NEVER
    vacant_share: np.ndarray  # share of days that nobody was there
    kwh: np.ndarray  # n x d x 4 registers in hundredths of a kWh
    export: np.ndarray  # n x d, hundredths of a kWh

    @property
    def orphan(self) -> np.ndarray:
        """Which meters belong to no known account."""
        return np.arange(len(self.base)) >= self.params.accounts

    @property
    def first(self) -> np.ndarray:
        """First day with reads."""
        return np.maximum(self.opened, 0)

    @property
    def last(self) -> np.ndarray:
        """Last day with reads."""
        return np.minimum(np.minimum(self.stopped, self.closed), self.params.days) - 1

    @property
    def has_sharp(self) -> np.ndarray:
        """Whose meters have a sharp register."""
        return self.tariff == "IND-TOU"

    @property
    def has_registers(self) -> np.ndarray:
        """Whose meters split the day; the others only have a total."""
        return self.tariff != "AGR-FLAT"


def build(params: SimParams) -> Branch:
    """Draw the branch, ``params.chunk`` accounts at a time."""
    orphans = int(np.ceil(0.003 * params.dirt * params.accounts))
    total = params.accounts + orphans
    sky = weather(params, DISTRICTS)
    days = calendar(params)
    profiles = [_profile(params, index) for index in range(total)]
    fields = {name: np.array([p[name] for p in profiles]) for name in profiles[0]}
    kwh = np.empty((total, params.days, 4), dtype=np.int32)
    export = np.zeros((total, params.days), dtype=np.int32)
    branch = Branch(
        params, sky, days, **fields, vacant_share=np.zeros(total), kwh=kwh, export=export
    )
    for start in range(0, total, params.chunk):
        for index in range(start, min(start + params.chunk, total)):
            _use(branch, index)
    return branch


def _profile(params: SimParams, index: int) -> dict:
    rng = params.stream(Stream.PROFILE, index)
    place = _choice(rng, [kind.share for kind in ARCHETYPES])
    kind = ARCHETYPES[place]
    tariff = kind.tariffs[_choice(rng, [share for _, share in kind.tariffs])][0]
    mean = np.array(kind.registers)
    shares = rng.gamma(60 * mean)  # a Dirichlet draw; a share of zero stays zero
    # One account in five grows or shrinks steadily.
    trend = rng.uniform(-0.25, 0.25) if rng.random() < 0.2 else 0.0
    opened = int(rng.integers(0, params.days)) if rng.random() < 0.04 else -_age(rng)
    stopped, closed = _end(rng, params.days, opened)
    capacity = int(rng.choice(kind.capacity_kva))
    return {
        "archetype": place,
        "district": int(rng.integers(len(DISTRICTS))),
        "station": int(rng.integers(STATIONS_PER_DISTRICT)),
        "tariff": tariff,
        "payer": _choice(rng, [share for _, share in PAYERS]),
        "capacity": capacity,
        "power_factor": int(rng.integers(-8, 21)) if capacity >= 100 else 0,
        "base": float(np.exp(rng.uniform(*np.log(kind.base)))),
        "heat": rng.uniform(*kind.heat),
        "cool": rng.uniform(*kind.cool),
        "rest_ratio": rng.uniform(*kind.rest_ratio),
        "noise": rng.uniform(*kind.noise),
        "shares": shares / shares.sum(),
        "trend": trend,
        "pv_kwp": float(rng.integers(3, 16)) if rng.random() < 0.05 else 0.0,
        "opened": opened,
        "stopped": stopped,
        "closed": closed,
    }


def _choice(rng: np.random.Generator, shares: list[float]) -> int:
    return int(rng.choice(len(shares), p=np.array(shares) / sum(shares)))


def _age(rng: np.random.Generator) -> int:
    """Days that an account had existed on the first day."""
    return int(rng.integers(1, 20 * 365))


def _end(rng: np.random.Generator, days: int, opened: int) -> tuple[int, int]:
    """(stopped, closed): 5 % fall silent in the last two thirds, 3 % close in an orderly way."""
    way, place = rng.random(), rng.random()
    day = max(opened + 1, int(days * (1 / 3 + place * 2 / 3)))
    if way < 0.05:
        return day, NEVER
    return (NEVER, day) if way < 0.08 else (NEVER, NEVER)


def _use(branch: Branch, index: int) -> None:
    """Fill the account's registers: (base + heat·HDD + cool·CDD) · rest day · trend · presence."""
    params, kind = branch.params, ARCHETYPES[branch.archetype[index]]
    rng = params.stream(Stream.USAGE, index)
    time = np.arange(params.days)
    hdd, cdd = branch.weather.degree_days(branch.district[index])
    week = np.where(branch.calendar.rest, branch.rest_ratio[index], 1.0)
    months = np.array(kind.months)[branch.calendar.month - 1]
    level = (1 + branch.trend[index]) ** ((time - params.days) / 365)
    spread = branch.noise[index]
    noise = np.exp(rng.normal(0, spread, params.days) - spread**2 / 2)
    present = _presence(rng, params.days) if kind.vacant else np.ones(params.days)
    branch.vacant_share[index] = np.mean(present < 1)
    if branch.stopped[index] < NEVER:
        # Somebody who leaves uses less and less of the connection.
        present = present * np.clip((branch.stopped[index] - time) / _LEAVING_DAYS, 0.1, 1)
    warmth = branch.heat[index] * hdd + branch.cool[index] * cdd
    # Divided by its mean, so that the slopes are those over all days.
    use = (branch.base[index] * months + warmth) * (week / week.mean()) * level * noise * present
    total = np.rint(use * 100).astype(np.int64)
    wobble = branch.shares[index] * np.exp(rng.normal(0, 0.06, (params.days, 4)))
    parts = np.floor(total[:, None] * wobble / wobble.sum(axis=1, keepdims=True))
    parts[:, 2] = total - parts[:, [0, 1, 3]].sum(axis=1)
    branch.kwh[index] = parts
    if branch.pv_kwp[index]:
        sun = 2.2 - 1.4 * np.cos(2 * np.pi * (branch.calendar.day_of_year - 10) / 365.25)
        light = branch.pv_kwp[index] * sun * rng.uniform(0.05, 1, params.days)
        branch.export[index] = np.rint(light * 100)


def _presence(rng: np.random.Generator, days: int) -> np.ndarray:
    """1 while somebody is there, 0.04 (a refrigerator) in spells of one to five months without."""
    present, day, there = np.ones(days), 0, bool(rng.random() < 0.5)
    while day < days:
        spell = int(rng.integers(10, 60) if there else rng.integers(30, 150))
        if not there:
            present[day : day + spell] = 0.04
        day, there = day + spell, not there
    return present
