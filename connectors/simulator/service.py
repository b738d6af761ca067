"""Work orders (95598), calls and surveys: what happens to customers makes them call."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.simulator import columns as col
from connectors.simulator import crm, people
from connectors.simulator.accounts import MOVER, Accounts
from connectors.simulator.landing import Landing
from connectors.simulator.language import TOPICS, People, Texts, transcripts, work_order_texts
from connectors.simulator.life import Life
from connectors.simulator.marketing import Offers, account_numbers, products
from connectors.simulator.params import config
from connectors.simulator.payments import Ledger
from connectors.simulator.process import Applications
from connectors.simulator.world import World

_CODES = [topic.code for topic in TOPICS]
_WAYS = ("phone", "app", "wechat", "counter")
_COMPLAINTS = [i for i, topic in enumerate(TOPICS) if topic.category_1 == "投诉"]


def _topics(*codes: str) -> np.ndarray:
    return np.array([_CODES.index(code) for code in codes])


@dataclass
class Orders:
    """Rows: one order each, in order of account and day."""

    account: np.ndarray
    day: np.ndarray
    topic: np.ndarray  # place in TOPICS
    extra: np.ndarray  # a second topic, -1
    mood: np.ndarray
    urgent: np.ndarray
    is_repeat: np.ndarray

    @property
    def is_complaint(self) -> np.ndarray:
        """First category 投诉."""
        return np.isin(self.topic, _COMPLAINTS)


def draw(
    world, who: Accounts, life: Life, offers: Offers, ledger: Ledger, bills, applied: Applications
) -> Orders:
    """Who calls, when and about what."""
    c, params, days = config()["service"], world.params, world.params.days
    years = days / 365
    touchy = np.exp(c["satisfaction"] * who.satisfaction + c["digital"] * who.digital)
    u = who.rng("calls").random((who.n, 24))
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def call(at, day, topics, pick) -> None:
        place = np.minimum((pick * len(topics)).astype(int), len(topics) - 1)
        found.append((at, np.asarray(day).astype(int), np.asarray(topics)[place]))

    general = np.array(
        [
            i
            for i, t in enumerate(TOPICS)
            if t.need is None
            and t.audience != "firm"
            and t.code not in ("outage_storm", "transfer", "slow_connection")
        ]
    )
    at = np.flatnonzero(u[:, 0] < 1 - np.exp(-c["base_calls"] * touchy * years))
    call(at, u[at, 1] * days, general, u[at, 2])
    # Outages: by day, a share of those hit by an unplanned one of more than an hour.
    hit, day = np.nonzero(life.outage_hours > 0.5)
    v = _mixed(who.index[hit], day)
    chosen = v < c["outage_calls"] * touchy[hit]
    hit, day, v = hit[chosen], day[chosen], (v / c["outage_calls"] / touchy[hit])[chosen]
    often = life.failures[hit, world.month_of_day[day]] > 2
    plain = _topics("outage_single", "outage_area", "outage_storm", "outage_plan", "slow_repair")
    call(hit[~often], day[~often], plain, v[~often])
    call(hit[often], day[often], _topics("frequent_outage", "slow_repair"), v[often])
    for place, month in enumerate(bills[1:], 1):
        before = np.maximum(ledger.amount[:, place - 1], 1)
        jumped = ledger.has_bill[:, place] & (ledger.amount[:, place] > 1.6 * before)
        w = _mixed(who.index, np.full(who.n, 5000 + place))
        at = np.flatnonzero(jumped & (w < c["jump_calls"] * touchy))
        issued = (month.issued - params.first_day).days
        some = _topics("bill_surge", "bill_surge", "bill_wrong", "reading_error", "meter_fault")
        call(at, issued + 2 + 8 * u[at, 3], some, u[at, 4])
        cut = np.flatnonzero(
            (ledger.delay[:, place] > 65) & ledger.has_bill[:, place] & (w < c["arrears_calls"] * 2)
        )
        due = (month.due - params.first_day).days
        call(cut, due + 66 + 3 * u[cut, 5], _topics("reconnect", "arrears_delay"), u[cut, 6])
    for place, product in enumerate(products()):
        topics = np.array([i for i, t in enumerate(TOPICS) if t.need == product])
        if not len(topics):
            continue
        wants = offers.base[:, place] / (offers.base[:, place] + 0.01)
        w = _mixed(who.index, np.full(who.n, 9000 + place))
        at = np.flatnonzero(w < c["need_calls"] * wants * years)
        call(at, _mixed(who.index[at], np.full(len(at), 9100 + place)) * days, topics, u[at, 7])
    slow = np.flatnonzero(applied.working_days.sum(axis=1) > 30)
    at = applied.account[slow]
    chosen = u[at, 8] < 0.25
    call(
        at[chosen],
        applied.submitted[slow][chosen] + 40,
        _topics("slow_connection"),
        u[at[chosen], 9],
    )
    leaving = np.flatnonzero((life.left < days) & (u[:, 10] < 0.4))
    call(leaving, life.left[leaving] - 20, _topics("retail_switch"), u[leaving, 11])
    return _order(world, who, life, found, u)


def _mixed(index: np.ndarray, day: np.ndarray) -> np.ndarray:
    """A number in [0, 1) for each account and day."""
    key = index.astype(np.uint64) * np.uint64(100_003) + day.astype(np.uint64)
    with np.errstate(over="ignore"):
        key = (key ^ (key >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        key = (key ^ (key >> np.uint64(32))) * np.uint64(0x94D049BB133111EB)
    return (key >> np.uint64(11)).astype(float) * 2.0**-53


def _order(world: World, who: Accounts, life: Life, found, u) -> Orders:
    c, days = config()["service"], world.params.days
    account, day, topic = (np.concatenate(part) for part in zip(*found, strict=True))
    firm_only = np.array([t.audience == "firm" for t in TOPICS])
    home_only = np.array([t.audience == "home" for t in TOPICS])
    fits = np.where(who.is_firm[account], ~home_only[topic], ~firm_only[topic])
    kept = fits & (day >= life.first[account]) & (day < np.minimum(life.end[account], days))
    account, day, topic = account[kept], day[kept], topic[kept]
    again = _mixed(who.index[account], day + 20_000) < c["repeat"]
    later = day + 3 + (_mixed(who.index[account], day + 30_000) * 17).astype(int)
    again &= later < days
    repeat = np.repeat([False, True], [len(account), again.sum()])
    account = np.concatenate([account, account[again]])
    day, topic = np.concatenate([day, later[again]]), np.concatenate([topic, topic[again]])
    order = np.lexsort((topic, day, account))
    account, day, topic, repeat = account[order], day[order], topic[order], repeat[order]
    # Two calls of one account on one day are one order.
    first = np.ones(len(account), dtype=bool)
    first[1:] = (account[1:] != account[:-1]) | (day[1:] != day[:-1])
    account, day, topic, repeat = account[first], day[first], topic[first], repeat[first]
    v = _mixed(who.index[account], day + 40_000)
    audience = np.where(who.is_firm[account], "firm", "home")
    second = (v / c["second_need"] * len(TOPICS)).astype(int)
    other = np.where(v < c["second_need"], np.minimum(second, len(TOPICS) - 1), -1)
    bad = np.array(
        [TOPICS[o].audience not in ("any", a) for o, a in zip(other, audience, strict=True)],
        dtype=bool,
    )
    other = np.where((other == topic) | bad, -1, other)
    base = np.array([t.base_sentiment for t in TOPICS])[topic]
    noise = _mixed(who.index[account], day + 50_000) - 0.5
    mood = np.clip(base + 0.15 * who.satisfaction[account] + 0.6 * noise - 0.3 * repeat, -1, 1)
    haste = np.array([t.base_urgency for t in TOPICS])[topic]
    urgent = _mixed(who.index[account], day + 60_000) < np.array([0.04, 0.15, 0.45])[haste]
    return Orders(account, day, topic, other, mood, urgent, repeat)


def land(world: World, who: Accounts, life: Life, orders: Orders, landing: Landing):
    """Work orders with their text, calls as transcripts; returns what is true of both."""
    c, params = config()["service"], world.params
    rows = len(orders.account)
    if not rows:
        return [], []
    index = who.index[orders.account]
    # Who lives there on the day calls.
    moved = life.moved[orders.account] <= orders.day
    person = np.where(moved, MOVER + index, who.person[orders.account])
    take = pa.array(orders.account)
    names = pc.if_else(
        pa.array(moved),
        crm.names(who, MOVER + who.index).take(take),
        crm.names(who, who.person).take(take),
    )
    callers = pc.if_else(
        pa.array(who.is_firm[orders.account]), people.person_names(who.seed, person), names
    )
    writer = People(
        name=callers.to_pylist(),
        phone=people.phones(who.seed, person).to_pylist(),
        address=crm.addresses(who).take(take).to_pylist(),
        account_no=account_numbers(index).to_pylist(),
        id_no=people.id_numbers(who.seed, person).to_pylist(),
    )
    texts = work_order_texts(
        who.rng("texts"), orders.topic, orders.mood, orders.urgent, writer, orders.extra
    )
    number = col.joined(col.numbered("W", orders.day, 4), col.digits(index + 1, 8))
    u = who.rng("orders").random((who.n, 8))[orders.account]
    created = orders.day + 0.34 + 0.5 * u[:, 0]
    accepted = created + 0.005 + 0.05 * u[:, 1] ** 3
    load = np.where(orders.is_complaint, 3.0, 1.2)
    closed = accepted + load * np.exp(0.8 * (u[:, 2] - 0.5)) * np.where(orders.urgent, 0.3, 1)
    is_blank = u[:, 3] < c["uncategorised"]
    score = np.clip(
        np.rint(
            3.6
            + 0.9 * orders.mood
            + 0.4 * who.satisfaction[orders.account]
            + u[:, 4]
            - 0.5
            - (closed - created) / 6
        ),
        1,
        5,
    )
    way = np.where(u[:, 5] < 0.62, 0, 1 + (u[:, 5] * 97 % 3).astype(int))
    categories = [[getattr(t, f"category_{k}") for t in TOPICS] for k in (1, 2, 3)]
    for ended in (False, True):
        known = closed if ended else created
        rated = (u[:, 6] < c["rated"]) & ended
        landing.add(
            "process/work_orders",
            known.astype(int),
            pa.table(
                {
                    "order_no": number,
                    "account_no": account_numbers(index),
                    "channel": col.pick(_WAYS, way),
                    "text": pa.array(texts.text),
                    **{
                        f"category_{k + 1}": col.pick(categories[k], orders.topic, ~is_blank)
                        for k in range(3)
                    },
                    "created_at": col.moments(params.origin, created),
                    "accepted_at": col.moments(params.origin, accepted),
                    "closed_at": col.moments(params.origin, closed, np.full(rows, ended)),
                    "result": col.pick(
                        ["resolved", "explained", "unresolved"],
                        np.where(orders.is_repeat, 0, (u[:, 7] ** 2 * 3).astype(int)),
                        np.full(rows, ended),
                    ),
                    "satisfaction": pa.array(score.astype(np.int32), mask=~rated),
                }
            ),
        )
    told = np.flatnonzero((way == 0) & (u[:, 1] < c["transcripts"]))
    calls = _transcripts(params, who, orders, told, writer, number, created, landing)
    return _truth(number, texts, orders, np.arange(rows)), calls


def _transcripts(params, who, orders: Orders, told, writer: People, number, created, landing):
    if not len(told):
        return []
    some = People(
        *[
            [getattr(writer, f)[i] for i in told]
            for f in ("name", "phone", "address", "account_no", "id_no")
        ]
    )
    spoken = transcripts(who.rng("calls spoken"), orders.topic[told], orders.mood[told], some)
    document = col.joined(pa.scalar("D"), number.take(pa.array(told)))
    landing.add(
        "documents/files",
        created[told].astype(int),
        pa.table(
            {
                "document_no": document,
                "kind": pa.repeat("call_transcript", len(told)),
                "account_no": account_numbers(who.index[orders.account[told]]),
                "received_at": col.moments(params.origin, created[told]),
                "text": pa.array(spoken.text),
            }
        ),
    )
    return _truth(document, spoken, orders, told)


def _truth(number: pa.Array, texts: Texts, orders: Orders, at: np.ndarray) -> list[pa.Table]:
    spans = [[{"start": s, "end": e, "kind": k} for s, e, k in row] for row in texts.personal]
    topic, extra = orders.topic[at], orders.extra[at]
    kind = pa.list_(pa.struct([("start", pa.int32()), ("end", pa.int32()), ("kind", pa.string())]))
    return [
        pa.table(
            {
                "number": number,
                "topic": col.pick(_CODES, topic),
                "extra_topic": col.pick(_CODES, np.maximum(extra, 0), extra >= 0),
                "category_1": col.pick([t.category_1 for t in TOPICS], topic),
                "category_2": col.pick([t.category_2 for t in TOPICS], topic),
                "category_3": col.pick([t.category_3 for t in TOPICS], topic),
                "need": col.pick([t.need for t in TOPICS], topic),
                "urgency": pa.array(
                    np.array([t.base_urgency for t in TOPICS])[topic] + orders.urgent[at]
                ),
                "sentiment": pa.array(orders.mood[at]),
                "is_repeat": pa.array(orders.is_repeat[at]),
                "phrasing_id": pa.array(texts.phrasing_id, pa.string()),
                "extra_phrasing_id": pa.array(texts.extra_phrasing_id, pa.string()),
                "personal": pa.array(spans, kind),
            }
        )
    ]


def land_surveys(world: World, who: Accounts, life: Life, landing: Landing) -> None:
    """Satisfaction surveys without comment: score 1 to 10 from the trait and recent failures."""
    params, u = world.params, who.rng("surveys").random((who.n, 3))
    at = np.flatnonzero(u[:, 0] < config()["service"]["surveys"] * params.days / 365)
    day = (u[at, 1] * params.days).astype(int)
    kept = (day >= life.first[at]) & (day < life.end[at])
    at, day = at[kept], day[kept]
    felt = life.failures[at, world.month_of_day[day]]
    score = np.clip(
        np.rint(7.5 + 1.2 * who.satisfaction[at] - 0.8 * felt + 2 * (u[at, 2] - 0.5)), 1, 10
    )
    landing.add(
        "marketing/surveys",
        day,
        pa.table(
            {
                "survey_no": col.joined(
                    col.numbered("Q", who.index[at] + 1, 8), col.digits(day, 4)
                ),
                "account_no": account_numbers(who.index[at]),
                "kind": pa.repeat("satisfaction", len(at)),
                "score": col.decimals(score.astype(np.int64) * 100, 6, 2),
                "answered_at": col.times(params.origin + day, np.full(len(at), 64_800)),
            }
        ),
    )
