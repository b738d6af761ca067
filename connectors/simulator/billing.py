"""Bills from the true reads at the tariff's prices; payments and collection as people behave.

All money is computed in whole cents, all energy in hundredths of a kWh.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from connectors import Batch
from connectors.simulator import payments
from connectors.simulator.branch import Branch
from connectors.simulator.columns import days, kwh, money, pick
from connectors.simulator.crm import account_numbers
from connectors.simulator.org import CAPACITY_PRICE, LEVY, PRICES
from connectors.simulator.params import Stream

_PERIODS = ("sharp", "peak", "flat", "valley")
_ISSUE_DAY = 3
_DAYS_TO_PAY = 20


@dataclass
class Bills:
    """One month's bills, in arrays over its accounts."""

    month: date
    issued: date
    account: np.ndarray  # index
    used: np.ndarray  # x 4 registers
    energy: np.ndarray  # cents, like all that follow
    capacity: np.ndarray
    power_factor: np.ndarray
    levies: np.ndarray

    @property
    def due(self) -> date:
        """Last day to pay in time."""
        return self.issued + timedelta(days=_DAYS_TO_PAY)

    @property
    def amount(self) -> np.ndarray:
        """The sum of all parts."""
        return self.energy + self.capacity + self.power_factor + self.levies

    @property
    def numbers(self) -> list[str]:
        """Bill numbers: month and account."""
        return [f"B{self.month:%Y%m}{index + 1:08d}" for index in self.account]


def batches(branch: Branch) -> Iterator[Batch]:
    """A month's bills land on the 4th of the next, payments and collection the day after."""
    months = list(bills(branch))
    broken = branch.params.stream(Stream.FILE_DEFECTS, 2)
    for month in months:
        table = _table(branch, month)
        again = np.flatnonzero(broken.random(table.num_rows) < 0.002 * branch.params.dirt)
        if len(again):
            table = pa.concat_tables([table, _without_amount(table.take(again))])
        yield Batch("billing", "bills", month.issued + timedelta(days=1), table)
    yield from payments.batches(branch, months, account_numbers(branch))


def bills(branch: Branch) -> Iterator[Bills]:
    """The bills of each whole calendar month that land by the last day."""
    params = branch.params
    first, last = branch.first, branch.last
    month = params.first_day.replace(day=1)
    while True:
        following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        issued = following.replace(day=_ISSUE_DAY)
        if issued >= params.end:
            return
        start, stop = (month - params.first_day).days, (following - params.first_day).days
        if start >= 0:
            served = (first < stop) & (last >= start) & ~branch.orphan
            account = np.flatnonzero(served)
            if len(account):
                yield _bill(branch, month, issued, account, start, stop)
        month = following


def _bill(branch: Branch, month, issued, account: np.ndarray, start: int, stop: int) -> Bills:
    time = np.arange(start, stop)
    there = (branch.first[account, None] <= time) & (time <= branch.last[account, None])
    used = branch.kwh[account, start:stop].astype(np.int64) * there[:, :, None]
    used = used.sum(axis=1)
    # Without time-of-use billing everything is charged as flat.
    is_tou = _is_tou(branch, account)
    charged = np.where(is_tou[:, None], used, 0)
    charged[:, 2] += np.where(is_tou, 0, used.sum(axis=1))
    price = np.array([[PRICES[t].get(p, 0) for p in _PERIODS] for t in branch.tariff[account]])
    energy = _rounded((charged * price).sum(axis=1), 1_000_000)
    two_part = branch.tariff[account] == "IND-TOU"
    capacity = np.where(two_part, branch.capacity[account] * CAPACITY_PRICE, 0)
    factor = _rounded((energy + capacity) * branch.power_factor[account], 1000)
    levied = branch.tariff[account] != "AGR-FLAT"
    levies = np.where(levied, _rounded(used.sum(axis=1) * LEVY, 1_000_000), 0)
    return Bills(month, issued, account, used, energy, capacity, factor, levies)


def _rounded(value: np.ndarray, step: int) -> np.ndarray:
    return (value + step // 2) // step


def _is_tou(branch: Branch, account: np.ndarray) -> np.ndarray:
    return np.array([len(PRICES[tariff]) > 1 for tariff in branch.tariff[account]])


def _table(branch: Branch, month: Bills) -> pa.Table:
    rows, account = len(month.account), month.account
    is_tou = _is_tou(branch, account)
    has_sharp = branch.has_sharp[account]
    return pa.table(
        {
            "bill_no": month.numbers,
            "account_no": pick(account_numbers(branch), account),
            "billing_month": days(np.repeat(np.datetime64(month.month), rows)),
            "kwh_total": kwh(month.used.sum(axis=1)),
            "kwh_sharp": kwh(month.used[:, 0], is_tou & has_sharp),
            "kwh_peak": kwh(month.used[:, 1], is_tou),
            "kwh_flat": kwh(month.used[:, 2], is_tou),
            "kwh_valley": kwh(month.used[:, 3], is_tou),
            "energy_charge": money(month.energy),
            "capacity_charge": money(month.capacity, has_sharp),
            "power_factor_charge": money(month.power_factor, branch.capacity[account] >= 100),
            "levies": money(month.levies),
            "amount_due": money(month.amount),
            "issued_on": days(np.repeat(np.datetime64(month.issued), rows)),
            "due_on": days(np.repeat(np.datetime64(month.due), rows)),
        }
    )


def _without_amount(table: pa.Table) -> pa.Table:
    place = table.column_names.index("amount_due")
    return table.set_column(place, "amount_due", pa.nulls(table.num_rows, pa.decimal128(14, 2)))
