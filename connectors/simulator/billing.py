"""Bills from what the meters measured, at the tariff's prices.

All money is computed in whole cents, all energy in hundredths of a kWh.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from connectors.simulator import columns as col
from connectors.simulator.accounts import Accounts
from connectors.simulator.ami import Demand, Reads
from connectors.simulator.landing import Landing
from connectors.simulator.life import Life
from connectors.simulator.marketing import Offers, account_numbers, products
from connectors.simulator.params import config
from connectors.simulator.tariffs import CAPACITY_PRICE, CODES, DEMAND_PRICE, LEVY, PRICES
from connectors.simulator.usage import REGISTERS
from connectors.simulator.world import Month, World

ISSUE_DAY = 3
DAYS_TO_PAY = 20
_PRICE = np.array([[PRICES[code].get(period, 0) for period in REGISTERS] for code in CODES])
_IS_TOU = np.array([len(PRICES[code]) > 1 for code in CODES])


@dataclass
class Bills:
    """One month's bills of a block, in arrays over them."""

    month: Month
    issued: date
    account: np.ndarray  # place in the block
    used: np.ndarray  # x 4 registers
    tariff: np.ndarray  # place in CODES
    energy: np.ndarray  # cents, like all that follow
    capacity: np.ndarray
    power_factor: np.ndarray
    levies: np.ndarray
    amount: np.ndarray
    is_two_part: np.ndarray
    is_adjusted: np.ndarray

    @property
    def due(self) -> date:
        """Last day to pay in time."""
        return self.issued + timedelta(days=DAYS_TO_PAY)

    def numbers(self, who: Accounts) -> pa.Array:
        """Bill numbers: month and account."""
        return bill_numbers(self.month.first, who.index[self.account])


def bill_numbers(month: date, index: np.ndarray) -> pa.Array:
    """Bill numbers: month and account."""
    return col.numbered(f"B{month:%Y%m}", index + 1, 8)


def tariff_in(who: Accounts, offers: Offers, month: Month) -> np.ndarray:
    """Place in CODES of each account's tariff; a change counts from the next month."""
    code = who.tariff.astype(object)
    tou = offers.enrolled[:, products().index("tou_tariff")] < month.start
    flat = np.char.endswith(who.tariff.astype(str), "FLAT")
    code = np.where(tou & flat, np.char.replace(who.tariff.astype(str), "FLAT", "TOU"), code)
    switch = offers.enrolled[:, products().index("capacity_billing")] < month.start
    other = np.where(code == "IND-TOU", "IND-TOU-DEM", "IND-TOU")
    industry = np.char.startswith(who.tariff.astype(str), "IND")
    code = np.where(switch & industry, other, code)
    return np.searchsorted(CODES, code.astype(str))


def capacity_in(who: Accounts, life: Life, day: int) -> np.ndarray:
    """Contract capacity (kVA) on a day."""
    resized = np.maximum(np.rint(who.capacity * life.resize_ratio), 4).astype(np.int64)
    return np.where(life.resized < day, resized, who.capacity)


def draw(
    world: World, who: Accounts, life: Life, offers: Offers, reads: Reads, demand: Demand
) -> list[Bills]:
    """The bills of each whole calendar month that land by the last day."""
    params, result = world.params, []
    top_kw = np.zeros((who.n, len(world.months)))
    for place, month in enumerate(world.months):
        if month.stop > month.start and len(demand.account):
            top = demand.kw[:, month.start : month.stop].max(axis=(1, 2))
            top_kw[demand.account, place] = top
    for place, month in enumerate(world.months):
        after = month.first.replace(day=28) + timedelta(days=4)
        issued = after.replace(day=ISSUE_DAY)
        if not month.is_whole or issued >= params.end:
            continue
        served = (life.first < month.stop) & (np.minimum(life.end, params.days) > month.start)
        account = np.flatnonzero(served)
        if len(account):
            bills = _bill(who, life, offers, month, account, reads, top_kw[account, place])
            result.append(Bills(month, issued, account, *bills))
    return result


def _bill(who, life, offers, month: Month, account, reads: Reads, top_kw) -> tuple:
    used = reads.registers[month.start : month.stop, account].sum(axis=0, dtype=np.int64)
    tariff = tariff_in(who, offers, month)[account]
    # Without time-of-use billing everything is charged as flat.
    is_tou = _IS_TOU[tariff]
    charged = np.where(is_tou[:, None], used, 0)
    charged[:, 2] += np.where(is_tou, 0, used.sum(axis=1))
    energy = rounded((charged * _PRICE[tariff]).sum(axis=1), 1_000_000)
    capacity_kva = capacity_in(who, life, month.start)[account]
    by_capacity = tariff == CODES.index("IND-TOU")
    by_demand = tariff == CODES.index("IND-TOU-DEM")
    capacity = np.where(by_capacity, capacity_kva * CAPACITY_PRICE, 0)
    measured = np.rint(top_kw * 100).astype(np.int64)
    capacity = np.where(by_demand, rounded(measured * DEMAND_PRICE, 100), capacity)
    is_adjusted = who.is_large[account]
    rate = adjustment(power_factor_in(who, offers, month)[account])
    factor = np.where(is_adjusted, rounded((energy + capacity) * rate, 10_000), 0)
    is_levied = tariff != CODES.index("AGR-FLAT")
    levies = np.where(is_levied, rounded(used.sum(axis=1) * LEVY, 1_000_000), 0)
    amount = energy + capacity + factor + levies
    two_part = by_capacity | by_demand
    return used, tariff, energy, capacity, factor, levies, amount, two_part, is_adjusted


def power_factor_in(who: Accounts, offers: Offers, month: Month) -> np.ndarray:
    """Power factor; who has its reactive power compensated reaches 0.95 from the next month."""
    done = offers.enrolled[:, products().index("reactive_compensation")] < month.start
    return np.where(done, np.maximum(who.power_factor, 0.95), who.power_factor)


def adjustment(power_factor: np.ndarray) -> np.ndarray:
    """Power-factor adjustment (力调电费) in ten-thousandths of energy and capacity charge.

    Against the standard of 0.90: 0.5 % more for each hundredth below, 0.15 % less for each above,
    at most 0.75 % (the shape of the 1983 rule of the Ministry of Water and Power).
    """
    steps = np.rint((np.asarray(power_factor) - 0.90) * 100).astype(np.int64)
    return np.where(steps >= 0, -np.minimum(15 * steps, 75), -50 * steps)


def rounded(value: np.ndarray, step: int) -> np.ndarray:
    """To the nearest whole step, half up."""
    return (value + step // 2) // step


def land(world: World, who: Accounts, bills: list[Bills], landing: Landing) -> None:
    """A month's bills land on the 4th of the next; some once more without their amount."""
    params = world.params
    broken = who.rng("broken bills").random((who.n, 24))
    share = config()["dirt"]["bad_rows"] * params.dirt / 2
    for place, month in enumerate(bills):
        account, rows = month.account, len(month.account)
        is_tou = _IS_TOU[month.tariff]
        has_sharp = month.is_two_part
        known = (month.issued - params.first_day).days
        table = pa.table(
            {
                "bill_no": month.numbers(who),
                "account_no": account_numbers(who.index[account]),
                "billing_month": col.days(np.repeat(np.datetime64(month.month.first), rows)),
                "kwh_total": col.kwh(month.used.sum(axis=1)),
                "kwh_sharp": col.kwh(month.used[:, 0], is_tou & has_sharp),
                "kwh_peak": col.kwh(month.used[:, 1], is_tou),
                "kwh_flat": col.kwh(month.used[:, 2], is_tou),
                "kwh_valley": col.kwh(month.used[:, 3], is_tou),
                "energy_charge": col.money(month.energy),
                "capacity_charge": col.money(month.capacity, month.is_two_part),
                "power_factor_charge": col.money(month.power_factor, month.is_adjusted),
                "levies": col.money(month.levies),
                "amount_due": col.money(month.amount),
                "issued_on": col.days(np.repeat(np.datetime64(month.issued), rows)),
                "due_on": col.days(np.repeat(np.datetime64(month.due), rows)),
            }
        )
        landing.add("billing/bills", known, table)
        again = np.flatnonzero(broken[account, place % 24] < share)
        if len(again):
            bad = table.take(pa.array(again))
            landing.soil("billing/bills", "null_amount", known, bad["bill_no"].combine_chunks())
            nothing = pa.nulls(len(again), pa.decimal128(14, 2))
            at = bad.column_names.index("amount_due")
            landing.add("billing/bills", known, bad.set_column(at, "amount_due", nothing))
