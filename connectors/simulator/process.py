"""业扩 applications with their stages, and 用电检查 inspections, as landed."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from connectors.simulator import columns as col
from connectors.simulator.accounts import MOVER, Accounts
from connectors.simulator.anomalies import WAYS, Inspections
from connectors.simulator.crm import customer_numbers
from connectors.simulator.hashing import uniform
from connectors.simulator.landing import Landing
from connectors.simulator.life import NEVER, Life
from connectors.simulator.marketing import Offers, account_numbers, bought_kwp, products
from connectors.simulator.org import STAFF_PER_STATION, staff_at
from connectors.simulator.params import config
from connectors.simulator.places import districts
from connectors.simulator.world import World

KINDS = ("new", "increase", "decrease", "suspend", "resume", "transfer", "close", "pv")
STAGES = (
    "accept",
    "survey",
    "supply_plan",
    "design_review",
    "mid_inspection",
    "completion_inspection",
    "metering",
    "energised",
)
_CHANNELS = ("app", "counter", "phone", "manager")


@dataclass
class Applications:
    """Rows: one application each; times in days since the first."""

    account: np.ndarray
    kind: np.ndarray  # place in KINDS
    is_high: np.ndarray
    kva: np.ndarray
    submitted: np.ndarray
    start: np.ndarray  # rows x stages, nan where the stage is not passed
    finish: np.ndarray  # nan while open
    working_days: np.ndarray  # rows x stages, our own time
    waiting_days: np.ndarray  # rows x stages, waiting for the customer
    load: np.ndarray  # effect of the station's load on the logarithm
    dropped: np.ndarray  # withdrawn


def draw(world: World, who: Accounts, life: Life, offers: Offers) -> Applications:
    """Applications that lead to what happens to accounts, and some that are withdrawn."""
    c, days, n = config()["connection"], world.params.days, who.n
    grows = life.resize_ratio > 1
    enrolled = offers.enrolled[:, products().index("rooftop_pv")]
    done = [
        np.where(life.opened >= 0, life.opened, days + 1),
        np.where(grows, life.resized, days + 1),
        np.where(grows, days + 1, life.resized),
        life.suspended,
        life.resumed,
        life.moved,
        life.closed,
        enrolled,
    ]
    u = who.rng("applications").random((n, len(KINDS), 6))
    account, kind = np.nonzero(np.column_stack(done) < days)
    ends = np.column_stack(done)[account, kind].astype(float)
    extra = np.flatnonzero(u[:, 1, 5] < c["drop_out"] * 0.05 * days / 365)
    account = np.concatenate([account, extra])
    kind = np.concatenate([kind, np.full(len(extra), 1)])
    dropped = np.repeat([False, True], [len(ends), len(extra)])
    ends = np.concatenate([ends, u[extra, 2, 5] * days])
    high = (who.voltage_v[account] >= 10_000) & np.isin(kind, [0, 1, 7])
    rows = len(account)
    z = who.rng("stages").standard_normal((n, len(KINDS), len(STAGES), 2))[account, kind]
    medians = np.array([[c["low"].get(s, 0), c["high"].get(s, 0)] for s in STAGES])
    median = medians[:, high.astype(int)].T
    load = c["staff_load"] * (2 * uniform(who.seed, "staff load", who.station[account]) - 1) * 2
    ours = median * np.exp(c["spread"] * z[:, :, 0] + load[:, None])
    waits = np.array([c["customer_wait"].get(s, 0) for s in STAGES])
    waiting = waits * np.exp(0.8 * z[:, :, 1]) * high[:, None]
    passed = median > 0
    # The last stage ends on the day of the event. A stage begins when the customer has handed in
    # what it needs: until then no clock of ours runs.
    own, wait = (np.where(passed, part, 0) for part in (ours, waiting))
    clock = WorkingTime(world)
    before = np.cumsum(own + wait, axis=1)
    finish = clock.worked(ends)[:, None] - before[:, -1:] + before
    start = finish - own
    submitted = clock.day(start[:, 0] - 0.2)
    start, finish = clock.day(start), clock.day(finish)
    cut = np.where(dropped, 1 + (u[account, kind, 3] * 3).astype(int), len(STAGES))
    reached = passed & (np.cumsum(passed, axis=1) <= cut[:, None])
    begun = reached & (start < days)
    last = dropped & (rows > 0)
    over = begun & (finish < days)
    over &= ~(last[:, None] & (np.cumsum(passed, axis=1) == cut[:, None]))
    ratio = np.where(np.isin(kind, [1, 2]), life.resize_ratio[account], 1.0)
    panels = np.where(who.pv_kwp > 0, who.pv_kwp, bought_kwp(who))[account]
    kva = np.where(kind == 7, panels, who.capacity[account] * ratio)
    return Applications(
        account,
        kind,
        high,
        np.rint(kva),
        submitted,
        np.where(begun, start, np.nan),
        np.where(over, finish, np.nan),
        ours * passed,
        waiting,
        load,
        dropped,
    )


class WorkingTime:
    """Days as counted by offices: the State Council's calendar, 8:30 to 17:30.

    Before and after the simulated days, every Monday to Friday is worked.
    """

    _AROUND = 900

    def __init__(self, world: World):
        """From two years before the first day on."""
        days = np.arange(-self._AROUND, world.params.days + self._AROUND)
        works = (days + world.calendar.weekday[0]) % 7 < 5
        works[self._AROUND : self._AROUND + world.params.days] = ~world.calendar.rest
        self._worked = days[works]

    def worked(self, day: np.ndarray) -> np.ndarray:
        """Working days up to an hour before closing of the last working day by ``day``."""
        return np.searchsorted(self._worked, np.floor(day), side="right") - 0.1

    def day(self, worked: np.ndarray) -> np.ndarray:
        """Day and time, as days since the first, at which so many working days are over."""
        whole = np.clip(np.floor(worked).astype(int), 0, len(self._worked) - 1)
        return self._worked[whole] + (8.5 + 9 * (worked - np.floor(worked))) / 24


def by_mover(world: World, life: Life, rows: Applications) -> np.ndarray:
    """Whether who moved in applies: afterwards, and to take the supply over."""
    moved = life.moved[rows.account] < np.minimum(rows.submitted, world.params.days)
    return moved | (rows.kind == KINDS.index("transfer"))


def applied_on(who: Accounts, rows: Applications) -> tuple[np.ndarray, np.ndarray]:
    """Days on which accounts were applied for anew, and to be taken over; NEVER where not (n)."""
    result = []
    for kind in ("new", "transfer"):
        day = np.full(who.n, NEVER, dtype=np.int64)
        at = rows.kind == KINDS.index(kind)
        day[rows.account[at]] = np.floor(rows.submitted[at]).astype(np.int64)
        result.append(day)
    return result[0], result[1]


def application_numbers(who: Accounts, rows: Applications) -> pa.Array:
    """Application numbers: kind, account, and two digits that say nothing."""
    index = who.index[rows.account]
    last = (uniform(who.seed, "application", index) * 100).astype(np.int64) + 37 * rows.dropped
    return col.joined(
        col.numbered("Y", rows.kind, 1),
        pa.scalar("-"),
        col.digits(index + 1, 8),
        col.digits(last % 100, 2),
    )


def land(world: World, who: Accounts, life: Life, rows: Applications, landing: Landing) -> None:
    """Applications when they are submitted; stages when they begin, and again when they end."""
    params = world.params
    u = who.rng("application rows").random((who.n, 8))
    moved = by_mover(world, life, rows)
    customer = np.where(moved, MOVER + who.index[rows.account], who.customer[rows.account])
    number = application_numbers(who, rows)
    known = np.floor(rows.submitted).astype(int)
    energised = rows.finish[:, -1]
    # A new connection has an account number once it is energised; then it lands again.
    for is_numbered in (False, True):
        again = np.isfinite(energised) & (rows.kind == 0) if is_numbered else True
        at = np.flatnonzero((known >= 0) & again)
        account = rows.account[at]
        has_account = is_numbered | (rows.kind[at] > 0)
        table = pa.table(
            {
                "application_no": number.take(pa.array(at)),
                "account_no": col.blank(account_numbers(who.index[account]), ~has_account),
                "customer_no": customer_numbers(customer[at]),
                "kind": col.pick(KINDS, rows.kind[at]),
                "requested_kva": col.kva(rows.kva[at].astype(np.int64) * 1000),
                "channel": col.pick(_CHANNELS, (u[account, rows.kind[at]] * 4).astype(int)),
                "submitted_at": col.moments(params.origin, rows.submitted[at]),
                "district_code": col.pick([d["code"] for d in districts()], who.district[account]),
            }
        )
        when = energised[at].astype(int) + 3 if is_numbered else known[at]
        landing.add("process/applications", when, table)
    engineers = np.array(staff_at("connection_engineer"))
    staff = engineers[(who.index[rows.account] + rows.kind) % len(engineers)]
    staff = 100 + who.station[rows.account] * STAFF_PER_STATION + staff
    for ended in (False, True):
        when = rows.finish if ended else rows.start
        at, stage = np.nonzero(np.isfinite(when) & (known >= 0)[:, None])
        # What begins and ends between two loads lands once.
        landing.add(
            "process/application_stages",
            when[at, stage].astype(int),
            pa.table(
                {
                    "application_no": number.take(pa.array(at)),
                    "stage": col.pick(STAGES, stage),
                    "started_at": col.moments(params.origin, rows.start[at, stage]),
                    "finished_at": col.moments(
                        params.origin, rows.finish[at, stage], np.full(len(at), ended)
                    ),
                    "staff_no": col.numbered("E", staff[at], 4),
                }
            ),
        )


def land_inspections(world: World, who: Accounts, rows: Inspections, landing: Landing) -> None:
    """Inspections land the week after; recovered energy is billed at three times its price."""
    params = world.params
    index = who.index[rows.account]
    stolen = rows.finding == "theft"
    hundredths = np.rint(np.where(stolen, rows.kwh, 0) * 100).astype(np.int64)
    inspectors = np.array(staff_at("inspector"))
    staff = 100 + who.station[rows.account] * STAFF_PER_STATION + inspectors[index % 2]
    landing.add(
        "process/inspections",
        rows.day,
        pa.table(
            {
                "inspection_no": col.joined(
                    col.numbered("N", index + 1, 8),
                    pa.scalar("-"),
                    col.digits(rows.day, 4),
                    col.digits(rows.kind, 1),
                ),
                "account_no": account_numbers(index),
                "inspected_at": col.times(
                    params.origin + rows.day, 32_400 + (index * 7919) % 25_000
                ),
                "kind": col.pick(WAYS, rows.kind),
                "finding": pa.array(rows.finding.astype(str)),
                "recovered_kwh": col.kwh(hundredths, stolen),
                "recovered_amount": col.money(hundredths * 3 * 53 // 100, stolen),
                "staff_no": col.numbered("E", staff, 4),
            }
        ),
    )
