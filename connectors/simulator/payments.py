"""Payments and collection actions of all bills, by the payer's habit."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from connectors import Batch
from connectors.simulator.archetypes import PAYERS
from connectors.simulator.branch import Branch
from connectors.simulator.columns import money, times
from connectors.simulator.params import Stream

if TYPE_CHECKING:
    from connectors.simulator.billing import Bills

_WAYS = ("wechat", "alipay", "app", "counter")
# Days after the due date on which the branch acts while anything is open.
_COLLECTION = ((3, "sms"), (15, "call"), (35, "notice"))


class Payment(NamedTuple):
    """One payment; ``settles`` if nothing is open after it."""

    day: date
    account_no: str
    bill_no: str
    cents: int
    second: int
    way: str
    settles: bool


class Action(NamedTuple):
    """One collection action."""

    day: date
    account_no: str
    bill_no: str
    kind: str


def batches(branch: Branch, months: list["Bills"], numbers: list[str]) -> Iterator[Batch]:
    """Payments by load date, then collection actions by load date; ``numbers`` are accounts'."""
    end = branch.params.end
    paid, acted = [], []
    rngs = {}
    for month in months:
        bills = zip(month.account, month.numbers, month.amount, strict=True)
        for index, bill_no, cents in bills:
            if index not in rngs:
                rngs[index] = branch.params.stream(Stream.PAYMENTS, int(index))
            habit = PAYERS[branch.payer[index]][0]
            payment = _pay(rngs[index], habit, month, numbers[index], bill_no, int(cents))
            if payment:
                paid.append(payment)
            settled = payment.day if payment and payment.settles else date.max
            for wait, kind in _COLLECTION:
                day = month.due + timedelta(days=wait)
                if day < settled:
                    acted.append(Action(day, numbers[index], bill_no, kind))
    dirt = branch.params.stream(Stream.FILE_DEFECTS, 3), branch.params.dirt
    for day, rows in _by_day(paid, end):
        yield Batch("billing", "payments", day + timedelta(days=1), _payments(rows, *dirt))
    for day, rows in _by_day(acted, end):
        yield Batch("billing", "collection_actions", day + timedelta(days=1), _actions(rows))


def _pay(rng, habit: str, month: "Bills", account_no: str, bill_no: str, cents: int):
    """What is paid on a bill, or None. Every habit draws the same numbers."""
    chance, place, second = rng.random(), rng.random(), int(rng.integers(28_800, 79_200))
    way = _WAYS[int(rng.integers(len(_WAYS)))]
    in_time = month.issued + timedelta(days=1 + int(place * 19))
    late = month.due + timedelta(days=2 + int(place * 45))
    whole = True
    if habit == "autopay":
        day, way = month.issued + timedelta(days=5), "bank_debit"
    elif habit == "late":
        day = late if chance < 0.6 else in_time
    elif habit == "arrears":
        if chance < 0.35:
            return None
        day, whole = late, chance < 0.8
    else:
        day = in_time
    if cents <= 0:
        return None
    amount = cents if whole else (cents + 1) // 2
    return Payment(day, account_no, bill_no, amount, second, way, amount == cents)


def _by_day(rows: list, end: date) -> Iterator[tuple[date, list]]:
    """Rows of each day whose load, the day after, is not past ``end``."""
    known = sorted(row for row in rows if row.day < end)
    for day, group in groupby(known, key=lambda row: row.day):
        yield day, list(group)


def _payments(rows: list[Payment], rng: np.random.Generator, dirt: float) -> pa.Table:
    """A day's payments; some land twice, some once more without their time."""
    draw = rng.random(len(rows))
    untimed = [row for row, chance in zip(rows, draw, strict=True) if chance < 0.001 * dirt]
    twice = [row for row, chance in zip(rows, draw, strict=True) if chance > 1 - 0.002 * dirt]
    landed = [*rows, *twice, *untimed]
    known = np.arange(len(landed)) < len(landed) - len(untimed)
    return pa.table(
        {
            "payment_no": [f"P{row.bill_no[1:]}" for row in landed],
            "account_no": [row.account_no for row in landed],
            "bill_no": [row.bill_no for row in landed],
            "paid_at": times(_dates(landed), np.array([row.second for row in landed]), known),
            "amount": money(np.array([row.cents for row in landed])),
            "channel": [row.way for row in landed],
        }
    )


def _actions(rows: list[Action]) -> pa.Table:
    morning = np.full(len(rows), 9 * 3600)
    return pa.table(
        {
            "action_no": [f"X{row.bill_no[1:]}-{row.kind}" for row in rows],
            "account_no": [row.account_no for row in rows],
            "bill_no": [row.bill_no for row in rows],
            "kind": [row.kind for row in rows],
            "acted_at": times(_dates(rows), morning),
            "outcome": pa.nulls(len(rows), pa.string()),
        }
    )


def _dates(rows: list) -> np.ndarray:
    return np.array([row.day for row in rows], dtype="datetime64[D]")
