"""What was planted, as tables: to judge the pipeline by, never to feed it."""

from collections import Counter

import numpy as np
import pyarrow as pa

from connectors import Batch
from connectors.simulator import billing, crm, defects
from connectors.simulator.archetypes import ARCHETYPES, PAYERS
from connectors.simulator.branch import Branch
from connectors.simulator.columns import days


def tables(branch: Branch) -> dict[str, pa.Table]:
    """The truth tables by name."""
    return {"accounts": _accounts(branch), "defects": _defects(branch)}


def _accounts(branch: Branch) -> pa.Table:
    start = np.datetime64(branch.params.first_day, "D")
    horizon = branch.params.days
    return pa.table(
        {
            "account_no": crm.account_numbers(branch),
            "is_orphan": branch.orphan,
            "archetype": [ARCHETYPES[place].name for place in branch.archetype],
            "base_load_kwh_per_day": branch.base,
            "heating_kwh_per_hdd": branch.heat,
            "cooling_kwh_per_cdd": branch.cool,
            "weekend_ratio": branch.rest_ratio,
            "noise_sd": branch.noise,
            "sharp_share": branch.shares[:, 0],
            "peak_share": branch.shares[:, 1],
            "flat_share": branch.shares[:, 2],
            "valley_share": branch.shares[:, 3],
            "annual_trend": branch.trend,
            "vacant_share": branch.vacant_share,
            "pv_kwp": branch.pv_kwp,
            "opened_on": days(start + branch.opened),
            "reads_stopped_on": days(start + branch.stopped, branch.stopped < horizon),
            "closed_on": days(start + branch.closed, branch.closed < horizon),
            "payer": [PAYERS[place][0] for place in branch.payer],
        }
    )


def _defects(branch: Branch) -> pa.Table:
    rows = []
    for kind, count in defects.counts(branch, defects.plant(branch)).items():
        rows.append(("ami/daily_reads", kind.name.lower(), defects.BREACHES.get(kind), count))
    orphans = int(branch.orphan.sum())
    rows.append(("ami/meters", "orphan", None, orphans))
    broken = len(crm.broken_accounts(branch))
    rows.append(("crm/accounts", "unknown_category", "category", broken))
    humid = int(branch.weather.impossible.sum())
    rows.append(("external/weather_days", "impossible_humidity", "humidity", humid))
    landed = _billing(billing.batches(branch))
    rows.append(("billing/bills", "null_amount", "amount_due", landed["bills"]))
    rows.append(("billing/payments", "null_time", "paid_at", landed["payments"]))
    rows.append(("billing/payments", "duplicate", None, landed["twice"]))
    names = ["entity", "kind", "column", "rows"]
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def _billing(batches: list[Batch]) -> Counter:
    """Repeats and broken rows of bills and payments."""
    found = Counter()
    for batch in batches:
        if batch.entity == "bills":
            found["bills"] += batch.table["amount_due"].null_count
        elif batch.entity == "payments":
            broken = batch.table["paid_at"].null_count
            distinct = len(batch.table["payment_no"].unique())
            found["payments"] += broken
            found["twice"] += batch.table.num_rows - distinct - broken
    return found
