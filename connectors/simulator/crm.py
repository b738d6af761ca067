"""Accounts, customers, contacts, consents and contracts, as landed when they change."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa

from connectors import Batch
from connectors.simulator.archetypes import ARCHETYPES
from connectors.simulator.branch import DISTRICTS, Branch
from connectors.simulator.org import DISTRICT_NAMES, station_code
from connectors.simulator.params import Stream
from connectors.simulator.people import address, credit_code, firm_name, id_no, person_name, phone

_MARKETING = (("sms", 0.65), ("phone", 0.35), ("wechat", 0.5))
_UNKNOWN_CATEGORY = "street_light"
ENTITIES = {
    "accounts": {
        "opened_on": pa.date32(),
        "closed_on": pa.date32(),
        "voltage_kv": pa.decimal128(12, 3),
        "contract_capacity_kva": pa.decimal128(12, 3),
    },
    "customers": {"registered_on": pa.date32()},
    "contacts": {},
    "consents": {"changed_at": pa.timestamp("us")},
    "contracts": {"start_on": pa.date32(), "end_on": pa.date32()},
}


def account_numbers(branch: Branch) -> list[str]:
    """Account numbers; those of orphans are unknown to the customer system."""
    return [f"32{index + 1:08d}" for index in range(len(branch.base))]


def holder(branch: Branch, index: int) -> int:
    """The account whose customer holds account ``index``: an office may be its neighbour's."""
    before = index - 1
    shared = (
        index % 3 == 1
        and ARCHETYPES[branch.archetype[index]].name == "office"
        and ARCHETYPES[branch.archetype[before]].name in ("office", "factory")
        and branch.first[before] <= branch.first[index]
    )
    return before if shared else index


def batches(branch: Branch) -> Iterator[Batch]:
    """Everything about an account lands when it opens, or on the first day; changes follow."""
    landed: dict[tuple[str, date], list[dict]] = {}
    for index in range(branch.params.accounts):
        for entity, load, row in _rows(branch, index):
            if load <= branch.params.end:
                landed.setdefault((entity, load), []).append(row)
    for index in broken_accounts(branch):
        entity, load, good = next(_rows(branch, index))
        landed[entity, load].append({**good, "category": _UNKNOWN_CATEGORY})
    for entity, types in ENTITIES.items():
        for (name, load), rows in sorted(landed.items(), key=lambda item: item[0]):
            if name == entity:
                yield Batch("crm", entity, load, _table(rows, types))


def broken_accounts(branch: Branch) -> np.ndarray:
    """Accounts that land once more with a category that the contract does not know."""
    rng = branch.params.stream(Stream.FILE_DEFECTS, 1)
    return np.flatnonzero(rng.random(branch.params.accounts) < 0.003 * branch.params.dirt)


def _table(rows: list[dict], types: dict[str, pa.DataType]) -> pa.Table:
    names = list(rows[0])
    schema = pa.schema([(name, types.get(name, pa.string())) for name in names])
    return pa.Table.from_pylist(rows, schema)


def _rows(branch: Branch, index: int) -> Iterator[tuple[str, date, dict]]:
    """(entity, load date, row) of all that lands about one account."""
    params = branch.params
    rng = params.stream(Stream.PEOPLE, index + 1)
    kind = ARCHETYPES[branch.archetype[index]]
    opened, load = params.day(branch.opened[index]), params.day(branch.first[index])
    is_firm = kind.category != "residential"
    name = firm_name(rng, kind.category) if is_firm else person_name(rng)
    district = int(branch.district[index])
    account = {
        "account_no": f"32{index + 1:08d}",
        "customer_no": _customer_no(holder(branch, index)),
        "org_code": station_code(district, int(branch.station[index])),
        "account_name": name,
        "category": kind.category,
        "industry_code": str(rng.choice(kind.industries)) if is_firm else None,
        "voltage_kv": _decimal(kind.voltage_v),
        "contract_capacity_kva": _decimal(int(branch.capacity[index]) * 1000),
        "tariff_code": str(branch.tariff[index]),
        "premise_address": address(rng, DISTRICT_NAMES[district]),
        "district_code": DISTRICTS[district],
        "supply_mode": "agent_purchase" if is_firm else "utility",
        "opened_on": opened,
        "closed_on": None,
        "status": "active",
    }
    yield "accounts", load, account
    contract = {
        "contract_no": f"K{index + 1:08d}",
        "account_no": account["account_no"],
        "kind": "high_voltage" if kind.voltage_v >= 10_000 else "low_voltage",
        "start_on": opened,
        "end_on": None,
    }
    yield "contracts", load, contract
    if branch.closed[index] < params.days:
        closed = params.day(branch.closed[index])
        later = closed + timedelta(days=1)
        yield "accounts", later, {**account, "closed_on": closed, "status": "closed"}
        yield "contracts", later, {**contract, "end_on": closed}
    if holder(branch, index) == index:
        yield from _customer(params.seed, rng, index, name, is_firm, opened, load)


def _customer(seed, rng, index: int, name: str, is_firm: bool, opened: date, load: date):
    number = _customer_no(index)
    customer = {
        "customer_no": number,
        "name": name,
        "legal_form": "enterprise" if is_firm else "person",
        "id_no": None if is_firm else id_no(rng),
        "credit_code": credit_code(rng) if is_firm else None,
        "phone": phone(seed, 2 * index),
        "email": f"{number.lower()}@example.com" if rng.random() < 0.3 else None,
        "registered_on": opened,
    }
    yield "customers", load, customer
    if is_firm or rng.random() < 0.1:
        contact = {
            "contact_no": f"L{index + 1:08d}",
            "customer_no": number,
            "role": "electrician" if is_firm else "owner",
            "name": person_name(rng),
            "phone": phone(seed, 2 * index + 1),
            "preferred_channel": str(rng.choice(["phone", "wechat", "sms"])),
            "preferred_hours": str(rng.choice(["09:00-11:30", "14:00-17:00", "18:00-20:00"])),
        }
        yield "contacts", load, contact
    at = datetime.combine(opened, time(10))
    consent = {"customer_no": number, "channel": "sms", "purpose": "service"}
    yield "consents", load, {**consent, "status": "granted", "changed_at": at}
    for channel, chance in _MARKETING:
        consent = {"customer_no": number, "channel": channel, "purpose": "marketing"}
        granted = rng.random() < chance
        status = "granted" if granted else "denied"
        yield "consents", load, {**consent, "status": status, "changed_at": at}
        if granted and rng.random() < 0.05:
            # Somewhere in the two years after the load; beyond the end it does not land.
            day = load + timedelta(days=int(rng.integers(1, 730)))
            revoked = {"status": "revoked", "changed_at": datetime.combine(day, time(15))}
            yield "consents", day + timedelta(days=1), {**consent, **revoked}


def _customer_no(index: int) -> str:
    return f"C{index + 1:08d}"


def _decimal(thousandths: int) -> Decimal:
    return Decimal(thousandths).scaleb(-3)
