"""A block of accounts: where they are, who holds them, what they are like and how large.

Latent traits drive behaviour and behaviour drives data; nothing here depends on a day.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import ndtr

from connectors.simulator.hashing import choice, uniform
from connectors.simulator.params import BLOCK, SimParams, config
from connectors.simulator.people import birth_years

# Persons of movers and contacts are numbered past all accounts.
MOVER, CONTACT = 20_000_000, 30_000_000
SIZES_KVA = np.array(
    [
        4,
        8,
        12,
        15,
        20,
        30,
        50,
        80,
        100,
        160,
        200,
        315,
        400,
        500,
        630,
        800,
        1000,
        1250,
        1600,
        2000,
        2500,
        3150,
        4000,
        5000,
        6300,
        8000,
        10_000,
        16_000,
        25_000,
        40_000,
    ]
)


@cache
def kinds() -> tuple[str, ...]:
    """Names of the archetypes; an account's kind is a place among them."""
    return (*config()["households"], *config()["firms"])


@cache
def kind_values(field: str) -> list:
    """A field of every archetype, in the order of ``kinds``."""
    return [config()["archetypes"][name].get(field) for name in kinds()]


def shape(name: str, day: str = "work") -> np.ndarray:
    """Share of each hour in a day's load."""
    value = config()["shapes"][name]
    hours = np.array(value[day] if isinstance(value, dict) else value, dtype=float)
    return hours / hours.sum()


@dataclass
class Accounts:
    """Arrays over the block's accounts (n)."""

    params: SimParams
    block: int
    index: np.ndarray  # place among all accounts
    kind: np.ndarray  # place in kinds()
    category: np.ndarray  # text
    neighbourhood: np.ndarray  # those of one share a public transformer
    station: np.ndarray
    district: np.ndarray
    feeder: np.ndarray
    # Who holds it: the true person, the place of the customer record, and how that record differs.
    person: np.ndarray
    customer: np.ndarray
    record: dict[str, np.ndarray]
    # Latent traits, standard normal.
    age: np.ndarray
    pressure: np.ndarray
    price: np.ndarray
    digital: np.ndarray
    satisfaction: np.ndarray
    growth: np.ndarray  # change of use in a year
    # Use.
    base: np.ndarray  # kWh a day without weather
    heat: np.ndarray  # kWh per degree day
    cool: np.ndarray
    rest: np.ndarray
    noise: np.ndarray
    persistence: np.ndarray
    own_shape: np.ndarray  # n x 4, factors of the registers
    pv_kwp: np.ndarray
    pv_self_use: np.ndarray
    ev_kwh: np.ndarray  # a charge
    ev_rate: np.ndarray  # charges a day
    # Supply.
    voltage_v: np.ndarray
    capacity: np.ndarray  # kVA
    tariff: np.ndarray  # text, on the first day
    supply_mode: np.ndarray  # text
    power_factor: np.ndarray
    is_prepaid: np.ndarray
    is_low_income: np.ndarray

    @property
    def n(self) -> int:
        """Accounts in the block."""
        return len(self.index)

    @property
    def seed(self) -> int:
        """The seed of the branch."""
        return self.params.seed

    @property
    def is_firm(self) -> np.ndarray:
        """Everything but a household."""
        return self.kind >= len(config()["households"])

    @property
    def is_large(self) -> np.ndarray:
        """Has a transformer of its own, load curves and a power-factor adjustment."""
        return self.is_firm & (self.capacity >= config()["usage"]["curve_min_kva"])

    def names(self) -> np.ndarray:
        """The archetypes' names."""
        return np.array(kinds())[self.kind]

    def rng(self, purpose: str) -> np.random.Generator:
        """Random numbers of the block for one purpose (see ``SimParams.rng``)."""
        return self.params.rng(purpose, self.block)


def draw(params: SimParams, block: int) -> Accounts:
    """The block's accounts; those past ``params.accounts`` are left out."""
    c = config()
    n = min(BLOCK, params.accounts - block * BLOCK)
    index = block * BLOCK + np.arange(n)
    u = params.rng("accounts", block).random((n, 24))
    z = params.rng("traits", block).standard_normal((n, 10))
    kind = _kind(u)
    is_firm = kind >= len(c["households"])
    category = np.array(kind_values("category"))[kind]
    place = c["places"]
    neighbourhood = index // place["accounts_per_transformer"]
    stations = len(place["stations"])
    station = neighbourhood % stations
    feeder = station + stations * (neighbourhood // stations // place["transformers_per_feeder"])

    person, customer, record = _holders(params, block, index, kind)
    # Born 1940 to 2005, standardised; older is more.
    age = np.where(is_firm, z[:, 0], (1972.5 - birth_years(params.seed, person)) / 19)
    pressure = z[:, 1]
    t = c["traits"]
    digital = _correlated(age, z[:, 2], t["digital_by_age"])
    price = _correlated(pressure, z[:, 3], t["price_by_pressure"])
    satisfaction = _correlated(pressure, z[:, 4], t["satisfaction_by_pressure"])
    trend = np.where(is_firm, c["usage"]["firm_trend"], c["usage"]["household_trend"])
    growth = np.clip(0.01 + trend * z[:, 5], -0.5, 0.6)

    medians = np.array([b["median"] for b in kind_values("base")])[kind]
    spreads = np.array([b["spread"] for b in kind_values("base")])[kind]
    base = medians * np.exp(spreads * np.clip(z[:, 6], -3, 3))
    level = {field: _within(kind, field, u[:, i]) for i, field in enumerate(_LEVELS, 2)}
    quiet, loud = np.log(np.array(kind_values("noise"), dtype=float)[kind]).T
    level["noise"] = np.exp(quiet + (loud - quiet) * u[:, 5])
    registers = params.rng("own_shape", block).standard_normal((n, 4))
    names = np.array(kinds())[kind]
    has_pv = (names == "prosumer") | (is_firm & (u[:, 6] < c["usage"]["firms_with_pv"]))
    pv, ev = c["usage"]["pv"], c["usage"]["ev"]
    size = np.where(is_firm, np.maximum(base / 40, 1), 1)
    voltage, capacity = _supply(kind, is_firm, base, level, u[:, 7], u[:, 8])
    tariff = _tariff(category, capacity, u[:, 9], u[:, 10])
    market = (np.isin(category, ["industrial"]) | (capacity >= 315)) & is_firm
    mode = np.where(
        ~is_firm | np.isin(category, ["agricultural", "public"]),
        "utility",
        np.where(
            market & (u[:, 11] < c["accounts"]["retail_market_share"]),
            "retail_market",
            np.where(u[:, 11] < c["accounts"]["agent_purchase_share"], "agent_purchase", "utility"),
        ),
    )
    low, high = c["accounts"]["power_factor"]
    return Accounts(
        params,
        block,
        index,
        kind,
        category,
        neighbourhood,
        station,
        station // (stations // len(place["districts"])),
        feeder,
        person,
        customer,
        record,
        age,
        pressure,
        price,
        digital,
        satisfaction,
        growth,
        base=base,
        heat=level["heat"] * base,
        cool=level["cool"] * base,
        rest=level["rest"],
        noise=level["noise"],
        persistence=_range(c["usage"]["persistence"], u[:, 12]),
        own_shape=np.exp(c["usage"]["own_shape"] * registers),
        pv_kwp=np.where(has_pv, np.rint(_range(pv["kwp"], u[:, 13]) * size), 0),
        pv_self_use=_range(pv["self_use"], u[:, 14]),
        ev_kwh=np.where(names == "ev_owner", _range(ev["kwh_per_charge"], u[:, 15]), 0),
        ev_rate=_range(ev["charges_per_week"], u[:, 16]) / 7,
        voltage_v=voltage,
        capacity=capacity,
        tariff=tariff,
        supply_mode=mode,
        power_factor=np.round(low + (high - low) * np.sqrt(u[:, 17]), 2),
        is_prepaid=~is_firm & (u[:, 18] < c["accounts"]["prepaid_share"]),
        is_low_income=~is_firm
        & (u[:, 19] < 2 * c["accounts"]["low_income_share"] * ndtr(pressure)),
    )


_LEVELS = ("heat", "cool", "rest")


def _pick(u: np.ndarray, shares: list[float]) -> np.ndarray:
    limits = np.cumsum(shares) / np.sum(shares)
    return np.searchsorted(limits[:-1], u, side="right")


def _range(ends: list[float], u: np.ndarray) -> np.ndarray:
    return ends[0] + (ends[1] - ends[0]) * u


def _within(kind: np.ndarray, field: str, u: np.ndarray) -> np.ndarray:
    ends = np.array(kind_values(field), dtype=float)[kind]
    return ends[:, 0] + (ends[:, 1] - ends[:, 0]) * u


def _correlated(one: np.ndarray, other: np.ndarray, r: float) -> np.ndarray:
    return r * one + np.sqrt(1 - r * r) * other


def _supply(kind, is_firm, base, level, u_size, u_volt) -> tuple[np.ndarray, np.ndarray]:
    """Voltage (V) and capacity (kVA): a standard size above the expected highest load."""
    top = np.array([shape(name).max() for name in kind_values("shape")])[kind]
    season = np.array([max(m) if m else 1.0 for m in kind_values("months")])[kind]
    weather = 1 + np.maximum(level["heat"] * 10, level["cool"] * 5)
    # The week's busiest day against its mean, and a day of strong noise, as one in a hundred is.
    week = np.maximum(level["rest"], 1) / (5 / 7 + level["rest"] * 2 / 7)
    peak_kw = base * top * season * weather * week * np.exp(2.3 * level["noise"])
    needed = peak_kw / (0.45 + 0.4 * u_size)
    firm = SIZES_KVA[np.minimum(np.searchsorted(SIZES_KVA, needed), len(SIZES_KVA) - 1)]
    home = np.where(base * weather > 18, 12, np.where(base > 6, 8, 4))
    # A charger at home needs a larger supply before it is connected.
    home = np.where(np.array(kinds())[kind] == "ev_owner", 12, home)
    capacity = np.where(is_firm, np.maximum(firm, 15), home)
    volts = [v or [0.22, 0.22] for v in kind_values("voltage_kv")]
    low, high = np.array(volts)[kind].T
    voltage = np.where(capacity >= 100, np.maximum(high, 10), low)
    voltage = np.where((capacity >= 8000) & (voltage == 10) & (u_volt < 0.5), 35, voltage)
    return np.rint(voltage * 1000).astype(np.int64), capacity.astype(np.int64)


def _tariff(category, capacity, u_tou, u_demand) -> np.ndarray:
    c = config()["accounts"]
    is_tou = {kind: u_tou < share for kind, share in c["tou_share"].items()}
    large = np.where(u_demand < c["demand_billing_share"], "IND-TOU-DEM", "IND-TOU")
    return np.select(
        [
            category == "residential",
            category == "agricultural",
            category == "public",
            (category == "industrial") & (capacity >= 315),
        ],
        [np.where(is_tou["residential"], "RES-TOU", "RES-FLAT"), "AGR-FLAT", "PUB-FLAT", large],
        np.where(is_tou["commercial"] | (capacity >= 100), "COM-TOU", "COM-FLAT"),
    )


def _holders(params: SimParams, block: int, index: np.ndarray, kind: np.ndarray):
    """The true person behind each account, the customer record it names, and that record's faults.

    A person may hold several accounts; part of those name a customer record of their own, with a
    typo, an old name, a relative's phone or no identity number.
    """
    c = config()["identity"]
    u = params.rng("holders", block).random((len(index), 12))
    near = u[:, 0] < c["same_area"]
    first = np.where(near, index - index % BLOCK, 0)
    other = first + (u[:, 1] * (index - first)).astype(np.int64)
    # Only persons of the same sort, and only accounts that are their holder's own.
    shared = ~_is_own(params, index) & (other < index)
    fits = shared & _is_own(params, other) & (_sort_of(params, other) == _sort(kind))
    person = np.where(fits, other, index)
    is_firm = kind >= len(config()["households"])
    again = fits & (u[:, 2] < c["own_record"])
    customer = np.where(fits & ~again, other, index)
    record = {
        "again": again,
        "typo": again & (u[:, 3] < c["typo"]),
        "old_name": again & ~is_firm & (u[:, 3] > 1 - c["old_name"]),
        "variant": np.where(
            again & is_firm & (u[:, 4] < c["name_variant"]), 1 + (u[:, 5] > 0.5), 0
        ),
        "missing_id": (u[:, 6] < c["missing_id"]),
        "shared_phone": ~is_firm & (u[:, 7] < c["shared_phone"]),
        "new_phone": again & (u[:, 8] < c["new_phone"]),
    }
    return person, customer, record


def _kind(u: np.ndarray) -> np.ndarray:
    """Archetypes from a block's first draws."""
    c = config()
    home = _pick(u[:, 1], list(c["households"].values()))
    firm = len(c["households"]) + _pick(u[:, 1], list(c["firms"].values()))
    return np.where(u[:, 0] < c["shares"]["household"], home, firm)


def _sort(kind: np.ndarray) -> np.ndarray:
    """0 a household, 1 a firm, 2 a public body."""
    public = np.array(kind_values("category"))[kind] == "public"
    return (kind >= len(config()["households"])).astype(int) + public


def _sort_of(params: SimParams, index: np.ndarray) -> np.ndarray:
    """The sort of other accounts: the first draw of their block, found again."""
    result = np.zeros(len(index), dtype=np.int64)
    for block in np.unique(index // BLOCK):
        here = index // BLOCK == block
        u = params.rng("accounts", int(block)).random((BLOCK, 24))
        result[here] = _sort(_kind(u))[index[here] % BLOCK]
    return result


def _is_own(params: SimParams, index: np.ndarray) -> np.ndarray:
    """Accounts whose person is surely nobody met before."""
    return uniform(params.seed, "own", index) >= config()["identity"]["shared"]


def relatives(params: SimParams, person: np.ndarray) -> np.ndarray:
    """Another person of the same neighbourhood, whose phone is given."""
    return np.maximum(person - 1 - choice(params.seed, "relative", person, 3), 0)
