"""Accounts, customers, contacts, consents, contracts and who is protected, as landed when they
change."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.simulator import columns as col
from connectors.simulator import people
from connectors.simulator.accounts import CONTACT, MOVER, Accounts, kind_values, relatives
from connectors.simulator.billing import capacity_in
from connectors.simulator.hashing import choice, uniform
from connectors.simulator.landing import Landing
from connectors.simulator.life import NEVER, Life
from connectors.simulator.marketing import Offers, account_numbers, channels, products
from connectors.simulator.params import config
from connectors.simulator.places import districts, station_codes
from connectors.simulator.world import World

_BEFORE_APPLYING = 8  # days: customers land by the week, applications sooner
UNKNOWN_CATEGORY = "street_light"  # a category that the contract does not know


def customer_numbers(customer: np.ndarray) -> pa.Array:
    """Customer numbers."""
    return col.numbered("C", customer + 1, 8)


def names(who: Accounts, person: np.ndarray, form=0) -> pa.Array:
    """The right name of persons of the block's sorts."""
    homes = people.person_names(who.seed, person)
    firms = people.firm_names(who.seed, person, who.category == "public", form)
    return pc.if_else(pa.array(who.is_firm), firms, homes)


def addresses(who: Accounts) -> pa.Array:
    """Premise addresses."""
    district = col.pick([d["name"] for d in districts()], who.district)
    return people.addresses(who.seed, who.index, district, who.neighbourhood)


def land(
    world: World, who: Accounts, life: Life, offers: Offers, applied: tuple, landing: Landing
) -> None:
    """Everything about an account lands when it opens, or on the first day; changes follow.

    A customer who applies, for a new supply or to take one over, lands before the application:
    ``applied`` holds the day of each (n, NEVER without one).
    """
    _accounts(world, who, life, offers, landing)
    _contracts(world, who, life, landing)
    own = np.flatnonzero(who.customer == who.index)
    moved = np.flatnonzero(life.moved < world.params.days)
    new, transfer = (np.where(day < NEVER, day - _BEFORE_APPLYING, NEVER) for day in applied)
    known = np.minimum(life.first - 1, new)
    since = np.minimum(life.opened, new)
    _customers(world, who, known, since, own, who.person, who.index, landing)
    mover = MOVER + who.index
    since = np.minimum(life.moved, transfer)
    _customers(world, who, since, since, moved, mover, mover, landing)
    _contacts(who, life, offers, own, landing)
    _consents(world, who, life, offers, own, moved, landing)
    _protections(world, who, life, landing)


def _accounts(world: World, who: Accounts, life: Life, offers: Offers, landing: Landing) -> None:
    params, days = world.params, world.params.days
    tou = offers.enrolled[:, products().index("tou_tariff")]
    switch = offers.enrolled[:, products().index("capacity_billing")]
    starts = np.array([m.start for m in world.months if m.start > 0] + [NEVER])
    flat = np.char.endswith(who.tariff.astype(str), "FLAT")
    industry = np.char.startswith(who.tariff.astype(str), "IND")
    # A new tariff counts, and is known, from the first of the next month.
    retariff = np.where(
        flat, starts[np.minimum(np.searchsorted(starts, tou, side="right"), len(starts) - 1)], NEVER
    )
    rebilled = np.where(
        industry,
        starts[np.minimum(np.searchsorted(starts, switch, side="right"), len(starts) - 1)],
        NEVER,
    )
    events = [
        life.first - 1,
        retariff,
        rebilled,
        life.moved,
        life.suspended,
        life.resumed,
        life.resized,
        life.left,
        life.closed,
    ]
    industry_code = np.array(
        [choice_of(who.seed, v, who.index) for v in kind_values("industries")], dtype=object
    )[who.kind, np.arange(who.n)]
    address = addresses(who)
    form = who.record["variant"]
    for place, day in enumerate(events):
        at = np.flatnonzero((day < days) & ((day < life.end) | (place in (0, 8))))
        if not len(at):
            continue
        now = day[at]
        moved = life.moved[at] <= now
        customer = np.where(moved, MOVER + who.index[at], who.customer[at])
        person = np.where(life.moved <= day, MOVER + who.index, who.person)
        tariff = who.tariff.astype(str)
        tariff = np.where(flat & (retariff <= day), np.char.replace(tariff, "FLAT", "TOU"), tariff)
        other = np.where(tariff == "IND-TOU", "IND-TOU-DEM", "IND-TOU")
        tariff = np.where(industry & (rebilled <= day), other, tariff)
        mode = np.where(life.left <= day, "agent_purchase", who.supply_mode.astype(str))
        closed = life.closed[at] <= now
        suspended = (life.suspended[at] <= now) & (now < life.resumed[at])
        take = pa.array(at)
        landing.add(
            "crm/accounts",
            now,
            pa.table(
                {
                    "account_no": account_numbers(who.index[at]),
                    "customer_no": customer_numbers(customer),
                    "org_code": pa.array(station_codes())[0:].take(pa.array(who.station[at])),
                    "account_name": names(who, person, form).take(take),
                    "category": pa.array(who.category[at].astype(str)),
                    "industry_code": pa.array(list(industry_code[at]), pa.string()),
                    "voltage_kv": col.kva(who.voltage_v[at]),
                    "contract_capacity_kva": col.kva(
                        capacity_in(who, life, 0)[at] * 1000
                        if place == 0
                        else _capacity(who, life, at, now) * 1000
                    ),
                    "tariff_code": pa.array(tariff[at]),
                    "premise_address": address.take(take),
                    "district_code": col.pick([d["code"] for d in districts()], who.district[at]),
                    "supply_mode": pa.array(mode[at]),
                    "opened_on": col.days(params.origin + life.opened[at]),
                    "closed_on": col.days(
                        params.origin + np.where(closed, life.closed[at], 0), closed
                    ),
                    "status": col.pick(
                        ["active", "suspended", "closed"],
                        np.where(closed, 2, suspended.astype(int)),
                    ),
                }
            ),
        )
        if place == 0:
            broken = np.flatnonzero(is_broken(world, who)[at])
            _broken_accounts(landing, world, who, at[broken], now[broken], customer[broken])


def _capacity(who: Accounts, life: Life, at: np.ndarray, now: np.ndarray) -> np.ndarray:
    resized = np.maximum(np.rint(who.capacity * life.resize_ratio), 4).astype(np.int64)
    return np.where(life.resized[at] <= now, resized[at], who.capacity[at])


def choice_of(seed: int, codes: list[str] | None, index: np.ndarray) -> list[str | None]:
    """One industry code for each account, or none."""
    if not codes:
        return [None] * len(index)
    return [codes[place] for place in choice(seed, "industry", index, len(codes))]


def is_broken(world: World, who: Accounts) -> np.ndarray:
    """Accounts that land once more with a category that the contract does not know."""
    share = config()["dirt"]["bad_rows"] * world.params.dirt
    return who.rng("broken accounts").random(who.n) < share


def _broken_accounts(landing, world, who, at, known, customer) -> None:
    landing.soil("crm/accounts", "unknown_category", known, account_numbers(who.index[at]))
    landing.add(
        "crm/accounts",
        known,
        pa.table(
            {
                "account_no": account_numbers(who.index[at]),
                "customer_no": customer_numbers(customer),
                "category": pa.repeat(UNKNOWN_CATEGORY, len(at)),
            }
        ),
    )


def _contracts(world: World, who: Accounts, life: Life, landing: Landing) -> None:
    params, days = world.params, world.params.days
    high = who.voltage_v >= 10_000
    market = who.supply_mode == "retail_market"
    for ended in (False, True):
        at = np.flatnonzero(life.closed < days) if ended else np.arange(who.n)
        known = life.closed[at] if ended else life.first[at] - 1
        _contract(
            params,
            who,
            "K",
            at,
            known,
            ["low_voltage", "high_voltage"],
            high[at].astype(int),
            life.opened[at],
            life.closed[at],
            ended,
            landing,
        )
        gone = np.minimum(life.left, life.closed)
        at = np.flatnonzero(market & (gone < days)) if ended else np.flatnonzero(market)
        known = gone[at] if ended else life.first[at] - 1
        _contract(
            params,
            who,
            "S",
            at,
            known,
            ["retail_supply"],
            np.zeros(len(at), int),
            life.opened[at],
            gone[at],
            ended,
            landing,
        )


def _contract(params, who, prefix, at, known, kinds, kind, start, end, ended, landing) -> None:
    landing.add(
        "crm/contracts",
        known,
        pa.table(
            {
                "contract_no": col.numbered(prefix, who.index[at] + 1, 8),
                "account_no": account_numbers(who.index[at]),
                "kind": col.pick(kinds, kind),
                "start_on": col.days(params.origin + start),
                "end_on": col.days(
                    params.origin + np.where(ended, end, 0), np.full(len(at), ended)
                ),
            }
        ),
    )


def _customers(world, who: Accounts, known, since, at, person, customer, landing) -> None:
    """Customer records; one that repeats a person may differ from the first in what is written."""
    if not len(at):
        return
    params, record, seed = world.params, who.record, who.seed
    name = names(who, person, record["variant"])
    name = pc.if_else(pa.array(record["typo"]), people.misheard(name), name)
    old = people.person_names(seed, person + CONTACT)
    family = pc.utf8_slice_codeunits(name, 0, 1)
    old = col.joined(family, pc.utf8_slice_codeunits(old, 1))
    name = pc.if_else(pa.array(record["old_name"]), old, name)
    public = who.category == "public"
    phone = people.phones(seed, person)
    phone = pc.if_else(
        pa.array(record["shared_phone"]), people.phones(seed, relatives(params, person)), phone
    )
    phone = pc.if_else(pa.array(record["new_phone"]), people.phones(seed, person, True), phone)
    no_id = record["missing_id"]
    number = customer_numbers(customer)
    mail = col.joined(pc.utf8_lower(number), pa.scalar("@example.com"))
    known = np.broadcast_to(known, who.n)[at]
    take = pa.array(at)
    table = pa.table(
        {
            "customer_no": number.take(take),
            "name": name.take(take),
            "legal_form": col.pick(
                ["person", "enterprise", "public_body"], (who.is_firm.astype(int) + public)[at]
            ),
            "id_no": col.blank(people.id_numbers(seed, person), who.is_firm | no_id).take(take),
            "credit_code": col.blank(people.credit_codes(seed, person), ~who.is_firm | no_id).take(
                take
            ),
            "phone": phone.take(take),
            "email": col.blank(mail, uniform(seed, "mail", person) > 0.3).take(take),
            "registered_on": col.days(params.origin + since[at]),
        }
    )
    garbled = garbled_names(world, who)[at]
    if garbled.any():
        hit = np.flatnonzero(garbled)
        landing.soil(
            "crm/customers",
            "mojibake",
            known[hit],
            table["customer_no"].take(pa.array(hit)).combine_chunks(),
        )
        wrong = pa.array([_mojibake(v) for v in table["name"].to_pylist()], pa.string())
        clean = table["name"].combine_chunks()
        table = table.set_column(1, "name", pc.if_else(pa.array(garbled), wrong, clean))
    landing.add("crm/customers", known, table)


def holders(world: World, who: Accounts, life: Life) -> pa.Table:
    """The truth about identities: the person behind each customer record that can land."""
    own = np.flatnonzero(who.customer == who.index)
    moved = np.flatnonzero(life.moved < world.params.days)
    customer = np.concatenate([who.index[own], MOVER + who.index[moved]])
    person = np.concatenate([who.person[own], MOVER + who.index[moved]])
    return pa.table({"customer_no": customer_numbers(customer), "person_id": person})


def garbled_names(world: World, who: Accounts) -> np.ndarray:
    """Records whose name went through a wrong encoding."""
    return who.rng("mojibake").random(who.n) < config()["dirt"]["mojibake"] * world.params.dirt


def _mojibake(text: str) -> str:
    """UTF-8 read as GB18030, what cannot be read replaced."""
    return text.encode("utf-8").decode("gb18030", errors="replace")


def _contacts(who: Accounts, life: Life, offers: Offers, own: np.ndarray, landing: Landing) -> None:
    u = who.rng("contacts").random((who.n, 4))
    has = who.is_firm | (u[:, 0] < config()["accounts"]["contacts_share"])
    at = own[has[own]]
    person = CONTACT + who.index[at]
    is_true = u[at, 3] < config()["marketing"]["hours"]["contact_says"]
    hours = np.where(is_true, offers.part[at], (u[at, 2] * 3).astype(int))
    landing.add(
        "crm/contacts",
        life.first[at] - 1,
        pa.table(
            {
                "contact_no": col.numbered("L", who.index[at] + 1, 8),
                "customer_no": customer_numbers(who.customer[at]),
                "role": col.pick(["owner", "electrician"], who.is_firm[at].astype(int)),
                "name": people.person_names(who.seed, person),
                "phone": people.phones(who.seed, person),
                "preferred_channel": col.pick(
                    ["phone", "wechat", "sms"], (u[at, 1] * 3).astype(int)
                ),
                "preferred_hours": col.pick(["09:00-11:30", "14:00-17:00", "18:00-20:00"], hours),
            }
        ),
    )


def _consents(world, who, life, offers: Offers, own, moved, landing: Landing) -> None:
    params = world.params

    def rows(at, customer, channel, purpose, status, day, second) -> None:
        landing.add(
            "crm/consents",
            np.maximum(day, -1),
            pa.table(
                {
                    "customer_no": customer_numbers(customer),
                    "channel": pa.repeat(channel, len(at)),
                    "purpose": pa.repeat(purpose, len(at)),
                    "status": col.pick(["granted", "denied", "revoked"], status),
                    "changed_at": col.times(params.origin + day, np.full(len(at), second)),
                }
            ),
        )

    rows(own, who.index[own], "sms", "service", np.zeros(len(own), int), life.opened[own], 36_000)
    mover = MOVER + who.index[moved]
    rows(moved, mover, "sms", "service", np.zeros(len(moved), int), life.moved[moved], 36_000)
    here = np.minimum(life.moved, params.days)  # until when the first holder is there to say
    for place, channel in enumerate(channels()):
        if channel == "visit":
            continue
        for lives, at, customer, since, until in (
            (0, own, who.index[own], life.opened[own], here[own]),
            (1, moved, mover, life.moved[moved], np.full(len(moved), params.days)),
        ):
            given = offers.consent[lives, at, place]
            revoked = offers.revoked[lives, at, place]
            rows(at, customer, channel, "marketing", (~given).astype(int), since, 36_000)
            gone = np.flatnonzero(given & (revoked < until))
            status = np.full(len(gone), 2)
            rows(at[gone], customer[gone], channel, "marketing", status, revoked[gone], 54_000)


def _protections(world: World, who: Accounts, life: Life, landing: Landing) -> None:
    """Low incomes that are registered, and homes with a machine that keeps somebody alive.

    It goes with the household: who moves in is not protected.
    """
    shares = config()["accounts"]["protected"]
    registered = uniform(who.seed, "registered", who.index) < shares["low_income_registered"]
    ill = ~who.is_firm & (uniform(who.seed, "life support", who.index) < shares["life_support"])
    for kind, flag in (("low_income", who.is_low_income & registered), ("life_support", ill)):
        at = np.flatnonzero(flag & (life.first < world.params.days))
        last = np.minimum(life.moved, life.end)[at] - 1
        # The row says that it holds; once it has ended it lands again and says until when.
        for rows, known, ends in (
            (at, life.first[at] - 1, np.full(len(at), NEVER)),
            (at[last < NEVER - 1], last[last < NEVER - 1], last[last < NEVER - 1]),
        ):
            is_open = ends >= world.params.days
            landing.add(
                "crm/protections",
                np.maximum(known, -1),
                pa.table(
                    {
                        "account_no": account_numbers(who.index[rows]),
                        "kind": pa.repeat(kind, len(rows)),
                        "start_on": col.days(world.params.origin + life.opened[rows]),
                        "end_on": col.blank(
                            col.days(world.params.origin + np.where(is_open, 0, ends)), is_open
                        ),
                    }
                ),
            )
