"""What was planted, as tables: to judge the pipeline by, never to feed it."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from connectors.simulator import ami, crm
from connectors.simulator import columns as col
from connectors.simulator.accounts import Accounts
from connectors.simulator.ami import Defect, Reads, meter_numbers, orphans
from connectors.simulator.anomalies import CAUSES, Anomalies
from connectors.simulator.life import AHEAD, REASONS, Life
from connectors.simulator.marketing import (
    PARTS,
    Offers,
    account_numbers,
    channels,
    products,
    put_off_chance,
)
from connectors.simulator.payments import Ledger, arrears_probability
from connectors.simulator.process import STAGES, Applications, application_numbers
from connectors.simulator.usage import Use
from connectors.simulator.world import World

# Dirt of single rows, noted where it is planted.
KINDS_OF_DIRT = (
    ("crm/accounts", "unknown_category"),
    ("crm/customers", "mojibake"),
    ("billing/bills", "null_amount"),
    ("billing/payments", "null_time"),
    ("billing/payments", "duplicate"),
    ("billing/payments", "unknown_bill"),
)


def accounts(world: World, who: Accounts, life: Life, use: Use, offers: Offers) -> pa.Table:
    """One row an account: archetype, holder, latent traits, use and the days of its events."""
    params = world.params

    def day(value: np.ndarray) -> pa.Array:
        known = value < params.days
        return col.days(params.origin + np.where(known, value, 0), known)

    return pa.table(
        {
            "account_no": account_numbers(who.index),
            "is_orphan": orphans(params, who.block, who.n),
            "archetype": pa.array(who.names()),
            "person_id": who.person,
            "customer_no": crm.customer_numbers(who.customer),
            "is_repeated_record": who.record["again"],
            "has_garbled_name": crm.garbled_names(world, who),
            "income_pressure": who.pressure,
            "price_sensitivity": who.price,
            "digital_affinity": who.digital,
            "satisfaction": who.satisfaction,
            "is_put_off": offers.put_off,
            "p_put_off": put_off_chance(who),
            "preferred_part": col.pick(PARTS, offers.part),
            "annual_trend": who.growth,
            "base_load_kwh_per_day": who.base,
            "heating_kwh_per_hdd": who.heat,
            "cooling_kwh_per_cdd": who.cool,
            "rest_ratio": who.rest,
            "noise_sd": who.noise,
            "away_share": use.away,
            "pv_kwp": who.pv_kwp,
            "ev_kwh_per_charge": who.ev_kwh,
            "power_factor": who.power_factor,
            "is_low_income": who.is_low_income,
            "opened_on": col.days(params.origin + life.opened),
            "reads_stopped_on": day(life.stopped),
            "closed_on": day(life.closed),
            "moved_on": day(life.moved),
            "move_level": life.move_level,
            "suspended_on": day(life.suspended),
            "resumed_on": day(life.resumed),
            "resized_on": day(life.resized),
            "resize_ratio": life.resize_ratio,
            "left_on": day(life.left),
            "leave_reason": col.pick(
                REASONS, np.maximum(life.leave_reason, 0), life.leave_reason >= 0
            ),
        }
    )


def monthly(
    world: World, who: Accounts, life: Life, ledger: Ledger, bills: list
) -> Iterator[pa.Table]:
    """True probabilities at each month's end for the 90 days after, of accounts still served."""
    places = {bill.month.first: place for place, bill in enumerate(bills)}
    hazards, end = life.hazards, np.minimum(life.end, world.params.days)

    def soon(hazard: np.ndarray, over: np.ndarray, month) -> np.ndarray:
        return np.where(over < month.stop, 0, 1 - np.exp(-hazard * 90 / 365)).astype(np.float32)

    for number, month in enumerate(world.months):
        if not month.is_whole:
            continue
        at = np.flatnonzero((life.first < month.stop) & (end >= month.stop))
        place = places.get(month.first)
        arrears = np.full(who.n, np.nan) if place is None else arrears_probability(ledger, place)
        leave, relocate = _leaving_soon(life, number, month)
        close = 1 - (1 - soon(hazards["closes"], life.closed, month)) * (1 - relocate)
        yield pa.table(
            {
                "account_no": account_numbers(who.index[at]),
                "month": col.days(np.repeat(np.datetime64(month.first), len(at))),
                "p_arrears_90d": pa.array(arrears[at].astype(np.float32), from_pandas=True),
                "p_leave_90d": leave[at].astype(np.float32),
                "p_close_90d": close[at].astype(np.float32),
                "p_suspend_90d": soon(hazards["suspends"], life.suspended, month)[at],
                "p_reduce_90d": soon(hazards["decreases"], life.resized, month)[at],
                "p_move_90d": soon(hazards["moves"], life.moved, month)[at],
            }
        )


def _leaving_soon(life: Life, number: int, month) -> tuple[np.ndarray, np.ndarray]:
    """Chance to leave the seller, and to close by moving away, in the three months after one."""
    leave, relocate = np.zeros(len(life.left)), np.zeros(len(life.left))
    stays = (life.left >= month.stop).astype(float)
    for ahead in range(1, AHEAD + 1):
        hazard = life.leave_hazard[:, number + ahead]
        away = np.where(hazard > 0, life.relocation, 0)
        leave += stays * (hazard - away)
        relocate += stays * away
        stays = stays * (1 - hazard)
    return leave, relocate


def uplift(who: Accounts, offers: Offers) -> pa.Table:
    """One row an account and product that it could take up: chance without contact in 60 days, and
    what a first contact through each channel adds over the hours (negative for people whom contact
    puts off)."""
    account, product = np.nonzero(offers.base > 0)
    table = {
        "account_no": account_numbers(who.index[account]),
        "product_code": col.pick(products(), product),
        "p_without_contact": offers.base[account, product].astype(np.float32),
    }
    for place, channel in enumerate(channels()):
        gain = offers.with_contact(place)[account, product] - offers.base[account, product]
        table[f"uplift_{channel}"] = gain.astype(np.float32)
    return pa.table(table)


def anomalies(world: World, who: Accounts, found: Anomalies) -> pa.Table:
    """One row an anomaly: cause, first day, day after the last (null: goes on), energy lost."""
    params, at = world.params, np.flatnonzero(found.cause >= 0)
    over = found.end[at] < params.days
    return pa.table(
        {
            "account_no": account_numbers(who.index[at]),
            "cause": col.pick(CAUSES, found.cause[at]),
            "started_on": col.days(params.origin + found.start[at]),
            "ended_on": col.days(params.origin + np.where(over, found.end[at], 0), over),
            "strength": found.strength[at],
            "unmeasured_kwh": found.lost[at],
        }
    )


def applications(who: Accounts, rows: Applications) -> pa.Table:
    """One row an application and stage: what its days are made of."""
    at, stage = np.nonzero(rows.working_days > 0)
    return pa.table(
        {
            "application_no": application_numbers(who, rows).take(pa.array(at)),
            "stage": col.pick(STAGES, stage),
            "own_working_days": rows.working_days[at, stage].astype(np.float32),
            "customer_working_days": rows.waiting_days[at, stage].astype(np.float32),
            "staff_load": rows.load[at].astype(np.float32),
            "is_withdrawn": rows.dropped[at],
        }
    )


def read_defects(world: World, chunk: Reads) -> pa.Table:
    """One row a meter's day with dirt or a failed read, while the meter was in use."""
    day, row = np.nonzero(chunk.kind)
    kept = (chunk.first[row] <= day) & (day < chunk.end[row])
    day, row = day[kept], row[kept]
    names = [d.name.lower() for d in Defect]
    return pa.table(
        {
            "meter_no": meter_numbers(chunk.index[row]),
            "read_date": col.days(world.params.origin + day),
            "kind": col.pick(names, chunk.kind[day, row]),
        }
    )


def shared_dirt(world: World) -> pa.Table:
    """Dirt that belongs to no account: impossible weather and days whose reads landed late."""
    params = world.params
    place, day = np.nonzero(world.sky.impossible)
    keys = [f"{world.sky.districts[p]} {params.day(d)}" for p, d in zip(place, day, strict=True)]
    late = np.flatnonzero(ami.file_loads(params) > np.arange(params.days) + 1)
    days = [str(params.day(d)) for d in late]
    return pa.table(
        {
            "entity": pa.array(
                ["external/weather_days"] * len(keys) + ["ami/daily_reads"] * len(days), pa.string()
            ),
            "key": pa.array(keys + days, pa.string()),
            "kind": pa.array(
                ["impossible_humidity"] * len(keys) + ["late_file"] * len(days), pa.string()
            ),
        }
    )


def touches(who: Accounts, offers: Offers) -> pa.Table:
    """One row a touch: the uplift it had, by its hour and with what earlier touches took off."""
    rows = offers.touches
    index = who.index[rows["account"]]
    return pa.table(
        {
            "touch_no": col.joined(
                pa.scalar("K"),
                col.digits(rows["campaign"], 4),
                pa.scalar("-"),
                col.digits(index, 8),
            ),
            "uplift": rows["uplift"].astype(np.float32),
        }
    )


def defects(counts: dict[tuple[str, str], int]) -> pa.Table:
    """Landed rows per entity and kind of defect; ``column`` is set if it breaks a hard rule."""
    broken = {("ami/daily_reads", k.name.lower()): c for k, c in ami.BREACHES.items()}
    broken |= {
        ("crm/accounts", "unknown_category"): "category",
        ("external/weather_days", "impossible_humidity"): "humidity",
        ("billing/bills", "null_amount"): "amount_due",
        ("billing/payments", "null_time"): "paid_at",
    }
    keys = sorted(counts)
    return pa.table(
        {
            "entity": [entity for entity, _ in keys],
            "kind": [kind for _, kind in keys],
            "column": pa.array([broken.get(key) for key in keys], pa.string()),
            "rows": pa.array([counts[key] for key in keys], pa.int64()),
        }
    )
