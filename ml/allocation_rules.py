"""Who may be offered what: the rules before the arithmetic, and the problem that is left.

Every candidate that a rule takes out keeps the rule's name as its outcome; the first rule in the
order of OUTCOMES counts.
"""

from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
import pandas as pd

OUTCOMES = [
    "allocated",
    "protected",
    "open_complaint",
    "no_consent",
    "contact_cap_30d",
    "contact_cap_90d",
    "product_conflict",
    "unknown_value",
    "no_staff",
    "not_worth",
    "holdout",
    "other_offer",
    "out_of_capacity",
]
COLUMNS = [
    "account_no", "customer_id", "org_code", "product_code", "channel", "value_cny", "has_consent",
    "is_protected", "has_open_complaint", "contacts_left_30d", "contacts_left_90d",
]  # fmt: skip


class AllocationError(ValueError):
    """Candidates or limits that can't be used: what and where."""


@dataclass
class Limits:
    """What is scarce in one cycle.

    ``channels``: channel, cost_cny (a contact), capacity_per_day and capacity_per_cycle (contacts;
    null = unlimited), minutes_per_contact (of an account manager; 0 = no person needed). ``staff``:
    staff_no, minutes_free (in the cycle). ``territory``: staff_no, org_code, product_code (null =
    all products): for whom a manager may work. ``conflicts``: product_code, other_code: products
    that exclude each other, either way. ``held``: account_no, product_code: enrolled in, or offered
    and still open; such a product itself is no candidate again. ``budget_cny``: None = unlimited.
    """

    channels: pd.DataFrame
    staff: pd.DataFrame
    territory: pd.DataFrame
    conflicts: pd.DataFrame | None = None
    held: pd.DataFrame | None = None
    budget_cny: float | None = None
    days: int = 22


@dataclass
class Settings:
    """``holdout_share`` of customers, 0 to 1, by a hash of ``seed`` and customer_id.

    ``exact_up_to``: variables (a customer's way to be served) up to which HiGHS solves, some 4,000
    accounts; ``gap``: its relative gap.
    """

    holdout_share: float = 0.1
    seed: int | str = 0
    exact_up_to: int = 10_000
    gap: float = 5e-4


@dataclass
class Kinds:
    """What a contact uses, by kind (channel and pool of managers): arrays over kinds."""

    channel: np.ndarray
    pool: np.ndarray  # -1: no person needed
    minutes: np.ndarray
    cost_fen: np.ndarray


@dataclass
class Problem:
    """Candidates left, one per customer and kind, sorted by customer; ``starts`` where each begins.

    ``row`` is the candidate's place in the caller's frame, ``net`` its value less cost in CNY.
    Amounts are integers (minutes, contacts, fen), infinite where unlimited, so that no limit is
    broken by rounding.
    """

    customer: np.ndarray
    kind: np.ndarray
    net: np.ndarray
    row: np.ndarray
    kinds: Kinds
    pools: np.ndarray  # pool × manager: may this manager take it
    staff_no: list
    staff_minutes: np.ndarray
    channels: list
    channel_a_day: np.ndarray
    channel_cap: np.ndarray
    budget_fen: float
    starts: np.ndarray = field(init=False)
    sizes: np.ndarray = field(init=False)

    def __post_init__(self):
        """``starts`` and ``sizes`` of the customers' stretches of rows."""
        change = np.flatnonzero(np.diff(self.customer)) + 1
        self.starts = np.concatenate([[0], change]) if len(self.customer) else change
        self.sizes = np.diff(np.append(self.starts, len(self.customer)))

    def of(self, rows: np.ndarray) -> "Problem":
        """The same problem with only these rows."""
        return Problem(
            self.customer[rows], self.kind[rows], self.net[rows], self.row[rows],
            self.kinds, self.pools, self.staff_no, self.staff_minutes, self.channels,
            self.channel_a_day, self.channel_cap, self.budget_fen,
        )  # fmt: skip


@dataclass
class Prepared:
    """``outcome`` is final where a rule decided and ``out_of_capacity`` where the plan has to."""

    outcome: np.ndarray
    customer_of_row: np.ndarray
    customers: int
    treated: Problem
    holdout: Problem


def prepare(candidates: pd.DataFrame, limits: Limits, settings: Settings) -> Prepared:
    """Apply the rules; the best candidate of each customer and kind is left."""
    missing = [name for name in COLUMNS if name not in candidates]
    if missing:
        raise AllocationError(f"allocate: candidates lack {', '.join(missing)}")
    if not 0 <= settings.holdout_share < 1:
        raise AllocationError("allocate: holdout_share must be at least 0 and below 1")
    customer, customers = _codes(candidates["customer_id"], "customer_id")
    account, accounts = _codes(candidates["account_no"], "account_no")
    product, products = _codes(candidates["product_code"], "product_code")
    office, offices = _codes(candidates["org_code"], "org_code")
    channels = _channels(limits)
    channel, named = _codes(candidates["channel"], "channel")
    unknown = [name for name in named if name not in channels.index]
    if unknown:
        raise AllocationError(f"allocate: no limits for channel {', '.join(unknown)}")
    channel = channels.index.get_indexer(named).astype(np.int8)[channel]
    _check_keys(account, product, channel, customer, len(accounts), len(products), len(channels))

    minutes = channels["minutes_per_contact"].to_numpy()
    cost_fen = channels["cost_fen"].to_numpy()
    staff_no, staff_minutes, pool_of, pools = _pools(limits, offices, products)
    blocked = _blocked(accounts, products, limits)
    in_holdout = _in_holdout(customers, settings)
    outcome = np.full(len(candidates), OUTCOMES.index("out_of_capacity"), dtype=np.int8)
    left = _passed(outcome, np.arange(len(candidates)), {
        "protected": _flag(candidates, "is_protected"),
        "open_complaint": _flag(candidates, "has_open_complaint"),
        "no_consent": ~_flag(candidates, "has_consent"),
        "contact_cap_30d": _number(candidates, "contacts_left_30d") < 1,
        "contact_cap_90d": _number(candidates, "contacts_left_90d") < 1,
    })  # fmt: skip
    value = candidates["value_cny"].to_numpy(dtype=np.float64, na_value=np.nan)[left]
    net = value - cost_fen[channel[left]] / 100
    personal = minutes[channel[left]] > 0
    pool = np.where(personal, pool_of[office[left], product[left]], -1)
    passed = _passed(outcome, left, {
        "product_conflict": blocked[account[left], product[left]],
        "unknown_value": ~np.isfinite(value),
        "no_staff": personal & ~pools.any(axis=1)[pool],
        "not_worth": ~(net > 0),
    })  # fmt: skip
    place = np.searchsorted(left, passed)
    left, net, pool = passed, net[place], pool[place]
    outcome[left[in_holdout[customer[left]]]] = OUTCOMES.index("holdout")
    kind = channel[left].astype(np.int32) * (len(pools) + 1) + pool + 1
    used = np.flatnonzero(np.bincount(kind, minlength=1))
    kind = np.searchsorted(used, kind).astype(np.int32)
    offer = account[left].astype(np.int64) * len(products) + product[left]
    best = _best_of_kind(customer[left], kind, net, offer, len(used))
    kinds_channel = used // (len(pools) + 1)
    problem = Problem(
        customer[left[best]], kind[best], net[best], left[best],
        Kinds(kinds_channel, used % (len(pools) + 1) - 1, minutes[kinds_channel],
              cost_fen[kinds_channel]),
        pools, staff_no, staff_minutes, list(channels.index),
        channels["capacity_per_day"].to_numpy(), channels["cap"].to_numpy(),
        _amount(limits.budget_cny, "budget_cny") * 100,
    )  # fmt: skip
    problem.budget_fen = np.floor(problem.budget_fen + 1e-6)
    withheld = in_holdout[problem.customer]
    return Prepared(
        outcome,
        customer,
        len(customers),
        problem.of(np.flatnonzero(~withheld)),
        problem.of(np.flatnonzero(withheld)),
    )


def _passed(outcome: np.ndarray, left: np.ndarray, rules: dict) -> np.ndarray:
    """The rows of ``left`` that no rule takes out; the first rule that does is their outcome."""
    for name in reversed(rules):
        outcome[left[rules[name]]] = OUTCOMES.index(name)
    return left[outcome[left] == OUTCOMES.index("out_of_capacity")]


def _codes(column: pd.Series, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Codes in the order of the texts, so that they do not depend on the order of rows."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype("category")
    codes, texts = column.cat.codes.to_numpy(), column.cat.categories.astype(str).to_numpy(object)
    if (codes < 0).any():
        raise AllocationError(f"allocate: {name} is empty in {int((codes < 0).sum())} rows")
    order = np.argsort(texts, kind="stable")
    # Small numbers for few texts: there are millions of rows.
    place = np.empty(len(order), dtype=np.min_scalar_type(-max(len(order), 1)))
    place[order] = np.arange(len(order))
    return place[codes], texts[order]


def _channels(limits: Limits) -> pd.DataFrame:
    table = limits.channels.set_index("channel")
    if table.index.duplicated().any():
        raise AllocationError("allocate: a channel occurs twice in the limits")
    table = table.sort_index()
    for name in ("cost_cny", "minutes_per_contact"):
        if table[name].isna().any() or (table[name] < 0).any():
            raise AllocationError(f"allocate: {name} of a channel is unknown or negative")
    if limits.days < 1:
        raise AllocationError("allocate: a cycle has at least one day")
    a_day = table["capacity_per_day"].astype(float).fillna(np.inf)
    a_cycle = table["capacity_per_cycle"].astype(float).fillna(np.inf)
    if (a_day < 0).any() or (a_cycle < 0).any():
        raise AllocationError("allocate: capacity of a channel is negative")
    cap = np.floor(np.minimum(a_day * limits.days, a_cycle))
    return pd.DataFrame(
        {
            "minutes_per_contact": np.ceil(table["minutes_per_contact"].astype(float)),
            # Rounded up: a budget that holds with more costs holds with less.
            "cost_fen": np.ceil(table["cost_cny"].astype(float) * 100 - 1e-6),
            "capacity_per_day": a_day,
            "cap": cap,
        }
    ).astype({"minutes_per_contact": np.int64, "cost_fen": np.int64})


def _amount(amount: float | None, name: str) -> float:
    if amount is None:
        return np.inf
    if not amount >= 0:
        raise AllocationError(f"allocate: {name} is {amount}")
    return float(amount)


def _check_keys(account, product, channel, customer, accounts, products, channels) -> None:
    seen = np.zeros(accounts * products * channels, dtype=np.int8)
    key = (account.astype(np.int64) * products + product) * channels + channel
    seen[key] = 1
    if int(seen.sum()) < len(key):
        raise AllocationError(
            f"allocate: {len(key) - int(seen.sum())} candidates repeat account, product and channel"
        )
    holder = np.full(accounts, -1, dtype=np.int32)
    holder[account] = customer
    if (holder[account] != customer).any():
        raise AllocationError("allocate: an account belongs to two customers")


def _pools(limits: Limits, offices, products):
    """Managers, their minutes, and the pool (set of managers) of each office and product."""
    staff = limits.staff.sort_values("staff_no")
    if staff["staff_no"].duplicated().any():
        raise AllocationError("allocate: a manager occurs twice in the limits")
    if staff["minutes_free"].isna().any() or (staff["minutes_free"] < 0).any():
        raise AllocationError("allocate: minutes_free of a manager is unknown or negative")
    numbers = list(staff["staff_no"].astype(str))
    place = {name: index for index, name in enumerate(numbers)}
    office_of = {name: index for index, name in enumerate(offices)}
    product_of = {name: index for index, name in enumerate(products)}
    may = np.zeros((len(offices), len(products), len(numbers)), dtype=bool)
    for row in limits.territory.to_dict("records"):
        number, office = place.get(str(row["staff_no"])), office_of.get(str(row["org_code"]))
        if number is None or office is None:
            continue
        code = row.get("product_code")
        if pd.isna(code):
            may[office, :, number] = True
        elif str(code) in product_of:
            may[office, product_of[str(code)], number] = True
    pools, pool_of = np.unique(
        may.reshape(len(offices) * len(products), len(numbers)), axis=0, return_inverse=True
    )
    if not len(pools):
        pools = np.zeros((1, len(numbers)), dtype=bool)
    minutes = np.floor(staff["minutes_free"].to_numpy(dtype=float)).astype(np.int64)
    return numbers, minutes, pool_of.reshape(len(offices), len(products)), pools


def _flag(candidates: pd.DataFrame, name: str) -> np.ndarray:
    if candidates[name].isna().any():
        raise AllocationError(f"allocate: {name} is neither true nor false in some rows")
    return candidates[name].to_numpy(dtype=bool)


def _number(candidates: pd.DataFrame, name: str) -> np.ndarray:
    if candidates[name].isna().any():
        raise AllocationError(f"allocate: {name} is empty in some rows")
    return candidates[name].to_numpy()


def _blocked(accounts, products, limits: Limits) -> np.ndarray:
    """Account × product: whether the account holds the product itself or one that excludes it."""
    blocked = np.zeros((len(accounts), len(products)), dtype=bool)
    if limits.held is None:
        return blocked
    pairs = {}
    if limits.conflicts is not None:
        both = limits.conflicts[["product_code", "other_code"]].astype(str).to_numpy().tolist()
        for one, other in [*both, *[pair[::-1] for pair in both]]:
            pairs.setdefault(one, set()).add(other)
    held = limits.held[["account_no", "product_code"]].astype(str)
    place = pd.Index(accounts).get_indexer(held["account_no"])
    for code in held["product_code"].unique():
        excluded = np.flatnonzero(np.isin(products, list({code, *pairs.get(code, ())})))
        holders = place[(held["product_code"] == code).to_numpy() & (place >= 0)]
        blocked[np.ix_(holders, excluded)] = True
    return blocked


def _in_holdout(customers: np.ndarray, settings: Settings) -> np.ndarray:
    """By customer: the hash falls into the holdout's share. A customer stays where it was drawn."""
    limit = int(settings.holdout_share * 2**64)
    key = str(settings.seed).encode()
    return np.array(
        [
            int.from_bytes(blake2b(str(name).encode(), digest_size=8, key=key).digest()) < limit
            for name in customers
        ],
        dtype=bool,
    )


def _best_of_kind(customer, kind, net, offer, kinds: int) -> np.ndarray:
    """The most valuable of what uses the same of everything, by customer and kind.

    Exact, not a heuristic: whichever plan takes another could take this one instead. Of equals the
    first in the order of account and product. Returns places, sorted by customer and kind.
    """
    if not len(net):
        return np.empty(0, dtype=np.int64)
    key = customer.astype(np.int64) * kinds + kind
    order = np.argsort(key, kind="stable") if (np.diff(key) < 0).any() else np.arange(len(key))
    key = key[order]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(key)) + 1])
    sizes = np.diff(np.append(starts, len(key)))
    sorted_net = net[order]
    is_best = sorted_net == np.repeat(np.maximum.reduceat(sorted_net, starts), sizes)
    first = np.where(is_best, offer[order], np.iinfo(np.int64).max)
    is_first = first == np.repeat(np.minimum.reduceat(first, starts), sizes)
    return order[is_best & is_first]
