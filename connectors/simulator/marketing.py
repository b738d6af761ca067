"""Past campaigns with random holdout arms, and what people would do with and without contact."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
from scipy.special import expit

from connectors.simulator import columns as col
from connectors.simulator.accounts import MOVER, Accounts
from connectors.simulator.hashing import uniform
from connectors.simulator.landing import Landing
from connectors.simulator.life import NEVER, Life
from connectors.simulator.params import SimParams, config
from connectors.simulator.world import World

WINDOW_DAYS = 60  # in which a campaign's effect shows
_EVENTS = ("login", "bill_view", "outage_query", "payment", "tariff_view")
# Parts of the day in which people are contacted and answer.
PARTS = ("morning", "afternoon", "evening")


@cache
def products() -> tuple[str, ...]:
    """Product codes, in the order of all arrays over products."""
    return tuple(config()["marketing"]["base_rate"])


@cache
def channels() -> tuple[str, ...]:
    """Channels of campaigns, in the order of all arrays over channels."""
    return tuple(config()["marketing"]["channels"])


@dataclass(frozen=True)
class Campaign:
    """One product offered through one channel from day ``start``."""

    number: int
    product: int
    channel: int
    start: int


@dataclass
class Offers:
    """What the block's accounts would do, were offered and did."""

    base: np.ndarray  # n x products: chance of taking it up in the window without contact
    effect: np.ndarray  # n x channels: change of the log-odds by a first contact
    enrolled: np.ndarray  # n x products: day, NEVER
    consent: np.ndarray  # 2 x n x channels, given at the start by the holder and by who moves in
    revoked: np.ndarray  # 2 x n x channels: day, NEVER
    put_off: np.ndarray  # n: contact makes these people less likely to take anything up
    part: np.ndarray  # n: place in PARTS, the part of the day in which a contact does most
    # rows: account, campaign, treated, day, second, uplift, outcome, answer, answer_second
    touches: dict[str, np.ndarray]

    def with_contact(self, channel: int) -> np.ndarray:
        """n x products: chance of taking it up when contacted through the channel."""
        with np.errstate(divide="ignore"):
            logit = np.log(self.base / (1 - self.base))
        return expit(logit + self.effect[:, channel, None])


@cache
def campaigns(params: SimParams) -> tuple[Campaign, ...]:
    """The branch's campaigns, a few a month."""
    c, rng, result = config()["marketing"], params.rng("campaigns"), []
    day = 5
    while day < params.days:
        for _ in range(c["campaigns_per_month"]):
            product, channel = rng.integers(len(products())), rng.integers(len(channels()))
            result.append(Campaign(len(result) + 1, int(product), int(channel), day))
        day += 30
    return tuple(result)


def _fit(who: Accounts) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For each product: who can take it at all, and how well it fits (about -1 to 1.5)."""
    name, firm, large = who.names(), who.is_firm, who.is_large
    rural = np.array(config()["places"]["is_rural"])[who.station] == 1
    flat = np.char.endswith(who.tariff.astype(str), "FLAT")
    home = ~firm
    heavy = (name == "air_con") | (name == "heat_pump")
    growing = np.clip(who.growth / 0.14, -1, 2)
    return {
        "tou_tariff": (
            flat & np.isin(who.category, ["residential", "commercial"]),
            0.5 * who.price + 0.9 * np.isin(name, ["night_owl", "ev_owner", "cold_store"]),
        ),
        "ev_charging": (
            home,
            np.where(name == "ev_owner", 1.5, np.where(name == "commuter", 0.2, -0.8))
            - 0.3 * who.age,
        ),
        "rooftop_pv": ((who.pv_kwp == 0) & (firm | rural), 0.4 * who.price + 0.5 * large),
        "electric_heating": (
            home & (name != "heat_pump"),
            np.clip(who.heat / 0.15 - 0.5, -0.8, 1.2) + 0.3 * who.age,
        ),
        "efficiency_audit": (firm | heavy, 0.5 * who.price + 0.4 * heavy + 0.3 * large),
        "demand_response": (
            large,
            np.where(np.isin(name, ["cold_store", "two_shifts"]), 1.0, 0.0) + 0.3 * who.price,
        ),
        "green_power": (firm & (who.capacity >= 315), 0.5 * growing),
        "om_service": (large, 0.4 - 0.5 * who.satisfaction * 0.3 + 0.3 * growing),
        "capacity_increase": (firm, growing),
        "capacity_billing": (
            np.char.startswith(who.tariff.astype(str), "IND"),
            0.5 * who.price - 0.6 * growing,
        ),
        "reactive_compensation": (large, np.where(who.power_factor < 0.9, 1.3, -1.0)),
        "autopay_app": (home & ~who.is_prepaid, 0.7 * who.digital),
    }


def draw(world: World, who: Accounts, life: Life) -> Offers:
    """Campaign by campaign: who is contacted, what the contact changes, and who enrols."""
    c, params, n = config()["marketing"], world.params, who.n
    fit = _fit(who)
    logit = np.column_stack(
        [np.where(fit[p][0], c["base_rate"][p] + c["fit"] * fit[p][1], -np.inf) for p in products()]
    )
    base = expit(logit)
    traits = who.rng("offers").random((n, 2))
    slope = np.array([c["channel_effect"][ch] for ch in channels()])
    effect = (slope[:, 0] + slope[:, 1] * np.clip(who.digital, -2, 2)[:, None]) * (
        1 + c["effect_spread"] * (2 * traits[:, 1, None] - 1)
    )
    is_put_off = traits[:, 0] < put_off_chance(who)
    effect = np.where(is_put_off[:, None], -np.abs(effect) - 0.3, effect)
    with np.errstate(divide="ignore", over="ignore"):
        # People take products up by themselves too.
        rate = -np.log1p(-base) / WINDOW_DAYS
        wait = -np.log(who.rng("enrol").random(base.shape)) / rate
    enrolled = life.first[:, None] + np.minimum(wait, NEVER).astype(np.int64)
    holder = _consent(who, who.customer, life.first)
    mover = _consent(who, MOVER + who.index, life.moved)
    consent, revoked = (np.stack(pair) for pair in zip(holder, mover, strict=True))
    offers = Offers(base, effect, enrolled, consent, revoked, is_put_off, _part(who), {})
    _contact(params, who, life, offers)
    offers.enrolled[offers.enrolled >= np.minimum(life.end, params.days)[:, None]] = NEVER
    _enlarge(params, who, life, offers)
    return offers


def put_off_chance(who: Accounts) -> np.ndarray:
    """Chance that contact puts an account's people off: the dissatisfied and the undigital more."""
    c = config()["marketing"]["put_off"]
    return expit(
        c["base"]
        + c["satisfaction"] * who.satisfaction
        + c["digital"] * who.digital
        + c["age"] * who.age
    )


def _part(who: Accounts) -> np.ndarray:
    """Each person's part of the day (place in PARTS), by what sort of customer it is."""
    shares = config()["marketing"]["hours"]["prefer"]
    home = np.where(np.isin(who.names(), ["home_all_day", "second_home", "heat_pump"]), 0, 1)
    limits = np.cumsum([shares["at_home"], shares["at_work"], shares["firm"]], axis=1)
    u = uniform(who.seed, "part of the day", who.person)
    return (u[:, None] >= limits[np.where(who.is_firm, 2, home)][:, :2]).sum(axis=1)


def _second_in(part: np.ndarray, u: np.ndarray) -> np.ndarray:
    """A second of the day within a part's hours."""
    first, end = 3600 * np.array([config()["marketing"]["hours"][name] for name in PARTS]).T
    return (first[part] + u * (end - first)[part]).astype(np.int64)


def _enlarge(params: SimParams, who: Accounts, life: Life, offers: Offers) -> None:
    """Who signs up for more capacity gets it some weeks later, unless it changes anyway."""
    signed = offers.enrolled[:, products().index("capacity_increase")]
    later = signed + 20 + (uniform(who.seed, "enlarged", who.index) * 40).astype(np.int64)
    done = (signed < NEVER) & (life.resized >= NEVER) & (later < np.minimum(life.end, params.days))
    life.resized = np.where(done, later, life.resized)


def bought_kwp(who: Accounts) -> np.ndarray:
    """Size of the panels that an account without any would buy: roofs of homes, halls of firms."""
    u = uniform(who.seed, "panels", who.index)
    return np.where(who.is_firm, np.clip((0.2 + 0.4 * u) * who.capacity, 6, 400), 3 + 9 * u)


def _consent(who: Accounts, customer: np.ndarray, since: np.ndarray):
    """What a customer allows from the day ``since``, and when it is taken back: n x channels each.

    Drawn by customer number, so that all accounts of a customer agree.
    """
    shares = config()["marketing"]["consent"]
    given, revoked = [], []
    for channel in channels():
        given.append(uniform(who.seed, f"consent {channel}", customer) < shares[channel])
        wait = -np.log1p(-uniform(who.seed, f"revoked {channel}", customer)) * 365 / 0.02
        revoked.append(np.minimum(since + np.minimum(wait, NEVER).astype(np.int64), NEVER))
    return np.column_stack(given), np.column_stack(revoked)


def _contact(params: SimParams, who: Accounts, life: Life, offers: Offers) -> None:
    c, rows, put_off = config()["marketing"], [], offers.put_off
    hours, answers = c["hours"], c["answers"]
    declines = answers["interested"] + np.where(
        put_off, answers["declined_put_off"], answers["declined"]
    )
    recent = np.full((who.n, 3), -NEVER)  # days of the last three contacts
    for campaign in campaigns(params):
        u = params.rng(f"campaign{campaign.number}", who.block).random((who.n, 12))
        product, channel, start = campaign.product, campaign.channel, campaign.start
        day = start + (u[:, 6] * 10).astype(int)
        served = (life.first <= start) & (start + 12 < life.end)
        free = offers.enrolled[:, product] > start
        lives = (life.moved <= day).astype(int)  # who lives there: 1 if it is who moved in
        each = np.arange(who.n)
        allowed = offers.consent[lives, each, channel]
        allowed &= offers.revoked[lives, each, channel] > day
        # A customer is spoken to about the first account, so that no other block need know of it.
        possible = served & free & (offers.base[:, product] > 0) & (day < params.days)
        possible &= (who.customer == who.index) | (lives == 1)
        chosen = possible & (u[:, 0] < c["audience"]) & (allowed | (u[:, 1] < 0.02))
        treated = chosen & (u[:, 2] >= c["holdout"])
        touches = (recent > start - 90).sum(axis=1)
        part = (u[:, 8] * len(PARTS)).astype(int)
        second = _second_in(part, u[:, 9])
        change = offers.effect[:, channel] * np.maximum(0, 1 - c["fatigue"] * touches)
        change = change * np.where(part == offers.part, hours["effect"], hours["effect_else"])
        base = offers.base[:, product]
        with np.errstate(divide="ignore"):
            uplift = expit(np.log(base / (1 - base)) + change) - base
        soon = (offers.enrolled[:, product] > day) & (
            offers.enrolled[:, product] <= day + WINDOW_DAYS
        )
        won = treated & (u[:, 3] < np.maximum(uplift, 0) / (1 - base))
        lost = treated & soon & (u[:, 3] * base < np.maximum(-uplift, 0))
        enrol_day = day + 1 + (u[:, 4] * 30).astype(int)
        enrolled = offers.enrolled[:, product]
        enrolled = np.where(won, np.minimum(enrolled, enrol_day), enrolled)
        offers.enrolled[:, product] = np.where(lost, NEVER, enrolled)
        stop = c["revoke_after_touch"] * np.where(put_off, 12, 1)
        opts_out = treated & (u[:, 5] < stop)
        revoked = offers.revoked[lives, each, channel]
        revoked = np.where(opts_out, np.minimum(revoked, day + 1), revoked)
        offers.revoked[lives, each, channel] = revoked
        # Who had taken it up before the contact did not accept an offer.
        taken = offers.enrolled[:, product]
        accepted = treated & (taken > day) & (taken <= day + WINDOW_DAYS)
        outcome = np.select(
            [opts_out, accepted, u[:, 7] < answers["interested"], u[:, 7] < declines],
            [4, 1, 2, 3],
            0,
        )
        answer = np.where(accepted, offers.enrolled[:, product], day + (u[:, 4] * 5).astype(int))
        # People answer when it suits them, and after they were asked.
        own = np.where(u[:, 10] < hours["answers_in_part"], offers.part, (u[:, 10] * 97) % 3)
        answer_second = _second_in(own.astype(int), u[:, 11])
        late = (answer == day) & (answer_second <= second)
        answer_second = np.where(late, second + 600, answer_second)
        at = np.flatnonzero(chosen)
        rows.append(
            {
                "account": at,
                "campaign": np.full(len(at), campaign.number),
                "treated": treated[at],
                "day": day[at],
                "second": second[at],
                "uplift": uplift[at],
                "outcome": np.where(treated, outcome, 0)[at],
                "answer": answer[at],
                "answer_second": answer_second[at],
            }
        )
        recent[treated] = np.column_stack([recent[treated, 1:], day[treated]])
    offers.touches = {
        name: np.concatenate([row[name] for row in rows]) if rows else np.zeros(0, dtype=np.int64)
        for name in _TOUCH
    }


_TOUCH = ("account", "campaign", "treated", "day", "second")
_TOUCH += ("uplift", "outcome", "answer", "answer_second")
_OUTCOMES = ["", "accepted", "interested", "declined", "opted_out"]


def land(world: World, who: Accounts, life: Life, offers: Offers, landing: Landing) -> None:
    """Touches, responses, enrolments and app events of a block."""
    params, rows = world.params, offers.touches
    account, day = rows["account"], rows["day"]
    index = who.index[account]
    number = col.joined(
        pa.scalar("K"), col.digits(rows["campaign"], 4), pa.scalar("-"), col.digits(index, 8)
    )
    by_number = campaigns(params)
    channel = np.array([by_number[c - 1].channel for c in rows["campaign"]], dtype=int)
    treated = rows["treated"].astype(bool)
    staff = np.isin(channel, [channels().index("phone"), channels().index("visit")]) & treated
    landing.add(
        "marketing/touches",
        day,
        pa.table(
            {
                "touch_no": number,
                "campaign_no": col.numbered("M", rows["campaign"], 4),
                "account_no": account_numbers(index),
                "channel": col.pick(channels(), channel),
                "staff_no": col.blank(managers(who.station[account]), ~staff),
                "sent_at": col.times(params.origin + day, rows["second"], treated),
                "arm": col.pick(["holdout", "treated"], treated.astype(int)),
            }
        ),
    )
    answered = (rows["outcome"] > 0) & (rows["answer"] < params.days)
    at = np.flatnonzero(answered)
    when = params.origin + rows["answer"][at]
    landing.add(
        "marketing/responses",
        rows["answer"][at],
        pa.table(
            {
                "touch_no": number.take(pa.array(at)),
                "outcome": col.pick(_OUTCOMES, rows["outcome"][at]),
                "responded_at": col.times(when, rows["answer_second"][at]),
            }
        ),
    )
    account, product = np.nonzero(offers.enrolled < params.days)
    day = offers.enrolled[account, product]
    landing.add(
        "marketing/enrolments",
        day,
        pa.table(
            {
                "account_no": account_numbers(who.index[account]),
                "product_code": col.pick(products(), product),
                "start_on": col.days(params.origin + day),
            }
        ),
    )
    _app_events(world, who, life, offers, landing)


def _app_events(world: World, who: Accounts, life: Life, offers: Offers, landing: Landing) -> None:
    params = world.params
    c = config()["marketing"]["app"]
    rate = np.where(who.is_firm, c["firm"], c["home"]) * np.exp(c["digital"] * who.digital)
    months = max(1, params.days // 30)
    count = np.minimum(_poisson(who.rng("app").random((who.n, months)), rate[:, None]), 4)
    account, month = np.nonzero(count)
    times = count[account, month]
    account, month = np.repeat(account, times), np.repeat(month, times)
    order = np.concatenate([np.arange(t) for t in times]) if len(times) else account
    key = (who.index[account] * 997 + month * 5 + order).astype(np.uint64)
    mixed = (key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(20)
    day = month * 30 + (mixed % np.uint64(30)).astype(int)
    second = 7 * 3600 + (mixed >> np.uint64(8)).astype(int) % 57_600 // 5 * 5 + order
    # Some are opened when it suits, the others at any time of the day.
    suits = uniform(who.seed, "app suits", key) < config()["marketing"]["hours"]["app_in_part"]
    inside = _second_in(offers.part[account], uniform(who.seed, "app second", key))
    second = np.where(suits, inside // 5 * 5 + order, second)
    looks = expit(
        c["tariff_view"]["base"] + c["tariff_view"]["price_sensitivity"] * who.price[account]
    )
    is_look = uniform(who.seed, "app look", key) < looks
    event = np.where(is_look, len(_EVENTS) - 1, (mixed % np.uint64(len(_EVENTS) - 1)).astype(int))
    kept = (day >= life.first[account]) & (day < np.minimum(life.end[account], params.days))
    event = event[kept]
    account, day, second, mixed = account[kept], day[kept], second[kept], mixed[kept]
    landing.add(
        "marketing/app_events",
        day,
        pa.table(
            {
                "account_no": account_numbers(who.index[account]),
                "event_code": col.pick(_EVENTS, event),
                "occurred_at": col.times(params.origin + day, second),
                "channel": pa.repeat("app", len(account)),
            }
        ),
    )


def _poisson(u: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Counts (0 to 4) by inverting the distribution, so that one draw makes one count."""
    term = np.exp(-mean) * np.ones_like(u)
    total, count = term.copy(), np.zeros(u.shape, dtype=np.int64)
    for k in range(1, 5):
        count += u > total
        term = term * mean / k
        total += term
    return count


def account_numbers(index: np.ndarray) -> pa.Array:
    """Account numbers (户号)."""
    return col.numbered("32", np.asarray(index) + 1, 8)


def managers(station: np.ndarray) -> pa.Array:
    """The account manager of each station (see org)."""
    return col.numbered("E", np.asarray(station) * 20 + 102, 4)


def campaign_table(params: SimParams) -> pa.Table:
    """The campaigns, as landed."""
    rows = campaigns(params)
    start = np.array([c.start for c in rows], dtype=np.int64)
    return pa.table(
        {
            "campaign_no": col.numbered("M", np.array([c.number for c in rows], dtype=np.int64), 4),
            "campaign_name": [
                f"{products()[c.product]}/{channels()[c.channel]} {params.day(c.start):%Y-%m}"
                for c in rows
            ],
            "product_code": col.pick(products(), [c.product for c in rows]),
            "channel": col.pick(channels(), [c.channel for c in rows]),
            "start_on": col.days(params.origin + start),
            "end_on": col.days(params.origin + start + WINDOW_DAYS),
            "holdout_share": col.decimals(
                np.full(len(rows), int(config()["marketing"]["holdout"] * 1e6)), 7, 6
            ),
        }
    )
