"""What each account really uses on each day, by register, from its traits, the weather and events.

day = (base · season · weekday · trend + heat · HDD + cool · CDD) · presence · noise + car − sun
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.signal import lfilter

from connectors.simulator.accounts import Accounts, kind_values, shape
from connectors.simulator.life import Life
from connectors.simulator.marketing import Offers, bought_kwp, products
from connectors.simulator.params import config
from connectors.simulator.world import World

# Register of each hour: 0 sharp, 1 peak, 2 flat, 3 valley. Homes, firms, large industry.
REGISTERS = ("sharp", "peak", "flat", "valley")
HOME_HOURS = np.array([3] * 8 + [1] * 4 + [2] * 5 + [1] * 4 + [2] + [3] * 2)
FIRM_HOURS = np.array([3] * 8 + [1] * 4 + [2] * 5 + [1] * 4 + [2] * 3)
LARGE_HOURS = np.array([3] * 8 + [1] * 2 + [0] * 2 + [2] * 5 + [1] * 4 + [2] * 3)
_LEAVING_DAYS = 270
_SOLAR = (2.4, 1.5)  # kWh a day and kWp: mean and seasonal swing on clear days


def hours_of(category: str, tariff: str) -> np.ndarray:
    """The register of each hour for a meter."""
    if category == "residential":
        return HOME_HOURS
    return LARGE_HOURS if tariff.startswith("IND") else FIRM_HOURS


@dataclass
class Use:
    """Energy in kWh, float32."""

    registers: np.ndarray  # n x days x 4, drawn from the grid
    export: np.ndarray  # n x days, fed back
    hours: np.ndarray  # n, place of the meter's windows in WINDOWS
    away: np.ndarray  # n, share of days that nobody was there
    profile: np.ndarray  # n x 2 x 24, share of each hour by workday and day off, without weather


WINDOWS = (HOME_HOURS, FIRM_HOURS, LARGE_HOURS)


@cache
def _shares(shape_name: str, day: str, windows: int) -> np.ndarray:
    """Share of each register in a day's load."""
    return np.bincount(WINDOWS[windows], weights=shape(shape_name, day), minlength=4)


def draw(world: World, who: Accounts, life: Life, offers: Offers) -> Use:
    """The true use of a block."""
    c, n, days = config()["usage"], who.n, world.params.days
    calendar, sky = world.calendar, world.sky
    time = np.arange(days, dtype=np.float32)
    windows = np.where(
        who.is_firm, 1 + np.char.startswith(who.tariff.astype(str), "IND"), 0
    ).astype(np.int64)
    enrolled = {p: offers.enrolled[:, i] for i, p in enumerate(products())}

    def since(product: str) -> np.ndarray:
        return time >= enrolled[product][:, None]

    months = np.array([m or [1.0] * 12 for m in kind_values("months")])[who.kind]
    festival = np.array(kind_values("festival"))[who.kind]
    week = np.where(calendar.rest, who.rest[:, None], 1.0)
    week = week / week.mean(axis=1, keepdims=True)
    habit = c["weekday_habit"] * np.where(who.is_firm, 0.4, 1)
    own_week = np.exp(habit[:, None] * who.rng("weekdays").standard_normal((n, 7)))
    level = week * own_week[:, calendar.weekday] * months[:, calendar.month - 1]
    level = level * (1 + who.growth[:, None]) ** ((time - days) / 365)
    level[:, calendar.festival] *= festival[:, None]
    level = level * np.where(time >= life.moved[:, None], life.move_level[:, None], 1)
    heating = sky.heating[who.district]
    cooling = sky.cooling[who.district]
    heat = who.heat[:, None] * heating
    # Who takes up electric heating heats with it from then on.
    extra = np.where(who.is_firm, 0, 0.2 * who.base)[:, None] * since("electric_heating")
    heat = heat + extra * heating
    cool = who.cool[:, None] * cooling

    noise = _noise(who, days)
    audit = 1 - 0.07 * since("efficiency_audit")
    present, away = _presence(world, who, life)
    factor = (noise * audit * present * (1 - life.outage_hours / 24)).astype(np.float32)

    parts = np.zeros((n, days, 4), dtype=np.float32)
    names = kind_values("shape")
    coolings = [name or "cooling" for name in kind_values("cooling")]
    profile = np.empty((n, 2, 24))
    for kind in np.unique(who.kind):
        work, rest = shape(names[kind], "work"), shape(names[kind], "rest")
        for window in np.unique(windows[who.kind == kind]):
            rows = np.flatnonzero((who.kind == kind) & (windows == window))
            by_day = np.where(
                calendar.rest[:, None],
                _shares(names[kind], "rest", window),
                _shares(names[kind], "work", window),
            ).astype(np.float32)
            base = (who.base[rows, None] * level[rows] * factor[rows]).astype(np.float32)
            warm = (heat[rows] * factor[rows]).astype(np.float32)
            cold = (cool[rows] * factor[rows]).astype(np.float32)
            own = who.own_shape[rows]
            for register in range(4):
                heated = _shares("heating", "work", window)[register]
                cooled = _shares(coolings[kind], "work", window)[register]
                value = base * by_day[:, register]
                value *= own[:, register, None].astype(np.float32)
                parts[rows, :, register] = value + warm * heated + cold * cooled
            profile[rows] = np.stack([work, rest])
    wobble = who.rng("registers").standard_normal((n, days, 4), dtype=np.float32)
    wobble *= np.float32(c["register_wobble"])
    parts *= np.exp(wobble, out=wobble)
    _shift_to_valley(who, parts, since("tou_tariff"))
    _charge_cars(world, who, parts, windows, since("ev_charging") | (who.ev_kwh > 0)[:, None])
    export = _sun(world, who, parts, windows, since("rooftop_pv"))
    there = (time >= life.first[:, None]) & (time < life.end[:, None])
    parts *= there[:, :, None]
    export *= there
    return Use(parts, export, windows, away, profile)


def _noise(who: Accounts, days: int) -> np.ndarray:
    """Day-to-day noise: a quick and a slow AR(1), log-normal with mean one."""
    c = config()["usage"]
    draws = who.rng("noise").standard_normal((who.n, days, 2), dtype=np.float32)
    mix = who.rng("slow").random((who.n, 1))[:, 0]
    low, high = c["slow_share"]
    slow_share = low + (high - low) * mix
    result = np.empty((who.n, days), dtype=np.float32)
    lasting = np.exp(-1 / c["slow_days"])
    for row in range(who.n):
        phi, spread, share = who.persistence[row], who.noise[row], slow_share[row]
        quick = lfilter([np.sqrt(1 - phi**2)], [1, -phi], draws[row, :, 0])
        # Starts where it would be after a long time.
        draws[row, 0, 1] /= np.float32(np.sqrt(1 - lasting**2))
        slow = lfilter([np.sqrt(1 - lasting**2)], [1, -lasting], draws[row, :, 1])
        result[row] = spread * (np.sqrt(1 - share) * quick + np.sqrt(share) * slow)
    result -= (who.noise**2 / 2)[:, None]
    return np.exp(result, out=result)


def _presence(world: World, who: Accounts, life: Life) -> tuple[np.ndarray, np.ndarray]:
    """1 while somebody is there; trips, second homes, suspensions and leaving lower it."""
    days, n = world.params.days, who.n
    present = np.ones((n, days), dtype=np.float32)
    time = np.arange(days)
    u = who.rng("presence").random((n, 64))
    spells = config()["usage"]["away_spells_per_year"] * days / 365
    names = who.names()
    for row in range(n):
        if names[row] == "second_home":
            day, there, k = 0, u[row, 0] < 0.4, 1
            while day < days:
                length = int(8 + 40 * u[row, k % 64]) if there else int(20 + 110 * u[row, k % 64])
                if not there:
                    present[row, day : day + length] = 0.1
                day, there, k = day + length, not there, k + 1
        elif not who.is_firm[row]:
            for k in range(int(spells + u[row, 0])):
                start = int(u[row, 2 * k % 60 + 1] * days)
                present[row, start : start + 2 + int(8 * u[row, 2 * k % 60 + 2])] = 0.25
    away = (present < 0.3).mean(axis=1)
    resting = (time >= life.suspended[:, None]) & (time < life.resumed[:, None])
    present[resting] = 0.04
    # Somebody who leaves uses less and less of the connection.
    going = np.clip((life.stopped[:, None] - time) / _LEAVING_DAYS, 0.1, 1)
    return present * going, away


def _shift_to_valley(who: Accounts, parts: np.ndarray, on_tou: np.ndarray) -> None:
    """A time-of-use price moves part of the peak to the valley, more for the price-sensitive."""
    share = np.clip(0.10 + 0.05 * who.price, 0.02, 0.25)[:, None] * on_tou
    moved = parts[:, :, 1] * share
    parts[:, :, 1] -= moved
    parts[:, :, 3] += moved


def _charge_cars(world: World, who: Accounts, parts, windows, has_car: np.ndarray) -> None:
    rows = np.flatnonzero(has_car.any(axis=1))
    draws = who.rng("cars").random((who.n, world.params.days), dtype=np.float32)
    for row in rows:
        # A customer of the charging offer who had no car before drives an average one.
        kwh = who.ev_kwh[row] or 25.0
        charged = kwh * (draws[row] < who.ev_rate[row]) * has_car[row]
        parts[row] += charged[:, None] * _shares("charging", "work", int(windows[row]))


def _sun(world: World, who: Accounts, parts, windows, bought: np.ndarray) -> np.ndarray:
    """Takes what the panels feed into the house off the registers; the rest is export."""
    export = np.zeros(parts.shape[:2], dtype=np.float32)
    turn = np.cos(2 * np.pi * (world.calendar.day_of_year - 172) / 365.25)
    clear = _SOLAR[0] + _SOLAR[1] * turn
    size = bought_kwp(who)
    for row in np.flatnonzero((who.pv_kwp > 0) | bought.any(axis=1)):
        kwp = np.where(bought[row], who.pv_kwp[row] or size[row], who.pv_kwp[row])
        made = kwp * clear * world.sky.light[who.district[row]]
        inside = (made * who.pv_self_use[row])[:, None] * _shares("sun", "work", int(windows[row]))
        inside = np.minimum(inside, 0.9 * parts[row])
        parts[row] -= inside
        export[row] = made - inside.sum(axis=1)
    return export
