"""Monthly reports of the stations, from the truth, with a few planted discrepancies."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pyarrow as pa

from connectors import Batch
from connectors.simulator import columns as col
from connectors.simulator.accounts import Accounts
from connectors.simulator.billing import Bills
from connectors.simulator.hashing import uniform
from connectors.simulator.life import Life
from connectors.simulator.params import config
from connectors.simulator.payments import Ledger
from connectors.simulator.places import station_codes
from connectors.simulator.service import Orders
from connectors.simulator.world import World

_SUMS = ("accounts", "kwh", "receivable", "received", "supplied", "sold", "complaints")
_FIELDS = ("accounts", "kwh_sold", "amount_receivable", "line_loss_rate", "complaints")
_REPORT_DAY = 8


class Totals:
    """Sums by station and month, in whole numbers, so that no order of adding matters."""

    def __init__(self, world: World):
        """Zero."""
        self.world = world
        shape = (len(station_codes()), len(world.months))
        self.sums = {name: np.zeros(shape, dtype=np.int64) for name in _SUMS}

    def add(
        self,
        who: Accounts,
        life: Life,
        bills: list[Bills],
        ledger: Ledger,
        orders: Orders,
        grid: dict,
    ) -> None:
        """Take in a block."""
        world, sums = self.world, self.sums
        places = {month.first: place for place, month in enumerate(world.months)}
        for number, month in enumerate(bills):
            place, station = places[month.month.first], who.station[month.account]
            np.add.at(sums["accounts"][:, place], station, 1)
            np.add.at(sums["kwh"][:, place], station, month.used.sum(axis=1))
            np.add.at(sums["receivable"][:, place], station, month.amount)
            due = (month.due - world.params.first_day).days
            part = ledger.first_part[month.account, number]
            self._receive(station, due + ledger.delay[month.account, number], month.amount - part)
            self._receive(station, due + ledger.part_delay[month.account, number], part)
        for name in ("supplied", "sold"):
            by_month = np.add.reduceat(
                grid[name], [m.start for m in world.months], axis=1, dtype=np.int64
            )
            np.add.at(sums[name], grid["station"], by_month)
        month = world.month_of_day[orders.day]
        np.add.at(
            sums["complaints"],
            (who.station[orders.account], month),
            orders.is_complaint.astype(int),
        )

    def _receive(self, station: np.ndarray, day: np.ndarray, cents: np.ndarray) -> None:
        """Money counts in the calendar month that it came in, whatever bill it was for."""
        kept = (day >= 0) & (day < self.world.params.days) & (cents > 0)
        month = self.world.month_of_day[day[kept]]
        np.add.at(self.sums["received"], (station[kept], month), cents[kept])

    def batches(self) -> Iterator[Batch]:
        """The reports, landed on the 9th of the next month, and the truth about the wrong ones."""
        params, wrong = self.world.params, []
        for place, month in enumerate(self.world.months):
            load = _next_month(month.first).replace(day=_REPORT_DAY + 1)
            if not month.is_whole or load > params.end:
                continue
            values = {name: sums[:, place].copy() for name, sums in self.sums.items()}
            lost = values["supplied"] - values["sold"]
            loss = np.divide(
                lost, values["supplied"], out=np.zeros(len(lost)), where=values["supplied"] > 0
            )
            cells = {
                "accounts": values["accounts"],
                "kwh_sold": values["kwh"],
                "amount_receivable": values["receivable"],
                "line_loss_rate": np.rint(loss * 1e6).astype(np.int64),
                "complaints": values["complaints"],
            }
            wrong += self._falsify(cells, place, month)
            yield Batch(
                "reports",
                "branch_months",
                load,
                pa.table(
                    {
                        "org_code": list(station_codes()),
                        "month": col.days(np.repeat(np.datetime64(month.first), len(lost))),
                        "accounts": pa.array(cells["accounts"], pa.int32()),
                        "kwh_sold": col.decimals(cells["kwh_sold"] * 100, 18, 4),
                        "amount_receivable": col.money(cells["amount_receivable"]),
                        "amount_received": col.money(values["received"]),
                        "line_loss_rate": col.decimals(cells["line_loss_rate"], 7, 6),
                        "complaints": pa.array(cells["complaints"], pa.int32()),
                    }
                ),
            )
        kinds = {
            "org_code": pa.string(),
            "month": pa.date32(),
            "field": pa.string(),
            "true": pa.float64(),
            "reported": pa.float64(),
        }
        columns = {
            name: pa.array([row[i] for row in wrong], kind)
            for i, (name, kind) in enumerate(kinds.items())
        }
        yield Batch("truth", "report_discrepancies", params.end, pa.table(columns))

    def _falsify(self, cells: dict, place: int, month) -> list[tuple]:
        params, wrong = self.world.params, []
        for number, field in enumerate(_FIELDS):
            key = np.arange(len(station_codes())) + 1000 * place + 100_000 * number
            u = uniform(params.seed, "discrepancy", key)
            share = config()["reports"]["discrepancies"] / len(_FIELDS) * (params.dirt > 0)
            for row in np.flatnonzero((u < share) & (cells[field] > 0)):
                true = int(cells[field][row])
                reported = true + max(1, round(true * (0.03 + 4 * u[row] / max(share, 1e-9) / 100)))
                cells[field][row] = reported
                wrong.append(
                    (station_codes()[row], month.first, field, float(true), float(reported))
                )
        return wrong


def _next_month(first):
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)
