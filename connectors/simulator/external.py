"""Weather of the districts and China's public holidays."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import chinese_calendar
import numpy as np
import pyarrow as pa

from connectors import Batch
from connectors.simulator.columns import days, decimals
from connectors.simulator.params import SimParams, Stream

if TYPE_CHECKING:
    from connectors.simulator.branch import Branch

HEATING_BASE_C, COOLING_BASE_C = 18, 26
_IMPOSSIBLE_HUMIDITY = 14_000  # 140 %
_MEAN_C, _SWING_C, _HOTTEST_DAY = 16.0, 13.0, 205
_PERSISTENCE, _DAILY_C = 0.75, 2.0


@dataclass
class Weather:
    """Arrays over districts and days; temperatures and humidity in hundredths."""

    districts: tuple[str, ...]
    t_mean: np.ndarray
    t_min: np.ndarray
    t_max: np.ndarray
    humidity: np.ndarray
    impossible: np.ndarray  # where a humidity lands that can't be

    def degree_days(self, district: int) -> tuple[np.ndarray, np.ndarray]:
        """Heating and cooling degree days of each day, from the mean temperature as landed."""
        mean = self.t_mean[district] / 100
        return np.maximum(HEATING_BASE_C - mean, 0), np.maximum(mean - COOLING_BASE_C, 0)


@dataclass
class Calendar:
    """What each day is."""

    rest: np.ndarray  # a day off by the State Council's calendar
    month: np.ndarray
    day_of_year: np.ndarray


def weather(params: SimParams, districts: tuple[str, ...]) -> Weather:
    """A seasonal cosine and a deviation that persists (AR(1)), shared by the districts."""
    turn = 2 * np.pi * (calendar(params).day_of_year - _HOTTEST_DAY) / 365.25
    steps = params.stream(Stream.WEATHER).normal(0, _DAILY_C, params.days)
    shared = np.empty(params.days)
    deviation = 0.0
    for day, step in enumerate(steps):
        deviation = _PERSISTENCE * deviation + step
        shared[day] = deviation
    rows = []
    for place in range(len(districts)):
        rng = params.stream(Stream.WEATHER, place + 1)
        mean = _MEAN_C - 0.8 * place + _SWING_C * np.cos(turn) + shared
        mean = mean + rng.normal(0, 0.5, params.days)
        low, high = mean - rng.uniform(2, 6, params.days), mean + rng.uniform(2, 6, params.days)
        humidity = np.clip(rng.normal(68, 14, params.days), 15, 100)
        impossible = rng.random(params.days) < 0.003 * params.dirt
        humidity[impossible] = _IMPOSSIBLE_HUMIDITY / 100
        rows.append([*(np.rint(v * 100).astype(int) for v in (mean, low, high, humidity))])
        rows[-1].append(impossible)
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return Weather(districts, *columns)


def calendar(params: SimParams) -> Calendar:
    """The days of the simulation."""
    dates = [params.day(index) for index in range(params.days)]
    return Calendar(
        rest=np.array([chinese_calendar.is_holiday(day) for day in dates]),
        month=np.array([day.month for day in dates]),
        day_of_year=np.array([day.timetuple().tm_yday for day in dates]),
    )


def batches(branch: "Branch") -> Iterator[Batch]:
    """Each year's holidays when the State Council has announced them; weather every day."""
    params, sky = branch.params, branch.weather
    for year in range(params.first_day.year, params.end.year + 1):
        load = max(params.first_day, date(year - 1, 11, 25))
        if load <= params.end:
            yield Batch("external", "holidays", load, _holidays(year), f"holidays-{year}")
    count = len(sky.districts)
    for index, day in enumerate(params.dates):
        table = pa.table(
            {
                "district_code": list(sky.districts),
                "day": days(np.repeat(day, count)),
                "t_min": decimals(sky.t_min[:, index], 5, 2),
                "t_max": decimals(sky.t_max[:, index], 5, 2),
                "t_mean": decimals(sky.t_mean[:, index], 5, 2),
                "humidity": decimals(sky.humidity[:, index], 5, 2),
            }
        )
        yield Batch("external", "weather_days", params.day(index + 1), table)


def _holidays(year: int) -> pa.Table:
    rows = []
    day = date(year, 1, 1)
    while day.year == year:
        off, name = chinese_calendar.get_holiday_detail(day)
        if name:
            kind = "holiday" if off else "makeup_workday"
            label = chinese_calendar.Holiday(name).chinese
            rows.append({"day": day, "name": label, "kind": kind})
        day += timedelta(days=1)
    return pa.Table.from_pylist(rows)
