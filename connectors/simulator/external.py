"""Weather of the districts and China's public holidays."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar
import numpy as np
import pyarrow as pa
from scipy.signal import lfilter

from connectors import Batch
from connectors.simulator.columns import days, decimals
from connectors.simulator.params import SimParams, config

HEATING_BASE_C, COOLING_BASE_C = 18, 26
_IMPOSSIBLE_HUMIDITY = 14_000  # 140 %


@dataclass
class Weather:
    """Arrays over districts and days; temperatures and humidity in hundredths."""

    districts: tuple[str, ...]
    t_mean: np.ndarray
    t_min: np.ndarray
    t_max: np.ndarray
    humidity: np.ndarray
    impossible: np.ndarray  # where a humidity lands that can't be
    light: np.ndarray  # share of a clear day's sun that gets through

    @property
    def heating(self) -> np.ndarray:
        """Degree days below 18 °C of each district and day, from the mean temperature as landed."""
        return np.maximum(HEATING_BASE_C - self.t_mean / 100, 0)

    @property
    def cooling(self) -> np.ndarray:
        """Degree days above 26 °C."""
        return np.maximum(self.t_mean / 100 - COOLING_BASE_C, 0)


@dataclass
class Calendar:
    """What each day is (arrays over days)."""

    rest: np.ndarray  # a day off by the State Council's calendar
    festival: np.ndarray  # Spring Festival with the days around it
    month: np.ndarray
    weekday: np.ndarray
    day_of_year: np.ndarray


def weather(params: SimParams) -> Weather:
    """A seasonal cosine and a deviation that persists (AR(1)), shared by the districts."""
    c = config()["weather"]
    turn = 2 * np.pi * (calendar(params).day_of_year - c["hottest_day"]) / 365.25
    steps = params.rng("weather").normal(0, c["daily_c"], params.days)
    shared = lfilter([1], [1, -c["persistence"]], steps)
    codes = tuple(d["code"] for d in config()["places"]["districts"])
    rows = []
    for place in range(len(codes)):
        draw = [params.rng(f"weather.{k}", place) for k in ("own", "low", "high", "humid", "bad")]
        mean = c["mean_c"] + c["district_step_c"] * place + c["swing_c"] * np.cos(turn) + shared
        mean = mean + draw[0].normal(0, 0.5, params.days)
        low = mean - draw[1].uniform(2, 6, params.days)
        high = mean + draw[2].uniform(2, 6, params.days)
        humidity = np.clip(draw[3].normal(c["humidity"], 14, params.days), 15, 100)
        light = np.clip(1.25 - humidity / 120, 0.1, 1)
        impossible = draw[4].random(params.days) < config()["dirt"]["humidity"] * params.dirt
        humidity[impossible] = _IMPOSSIBLE_HUMIDITY / 100
        rows.append([*(np.rint(v * 100).astype(int) for v in (mean, low, high, humidity))])
        rows[-1] += [impossible, light]
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return Weather(codes, *columns)


def calendar(params: SimParams) -> Calendar:
    """The days of the simulation."""
    dates = [params.day(index) for index in range(params.days)]
    return Calendar(
        rest=np.array([chinese_calendar.is_holiday(day) for day in dates]),
        festival=np.array([_is_festival(day) for day in dates]),
        month=np.array([day.month for day in dates]),
        weekday=np.array([day.weekday() for day in dates]),
        day_of_year=np.array([day.timetuple().tm_yday for day in dates]),
    )


def _is_festival(day: date) -> bool:
    """Within five days before to four days after the statutory holiday."""
    for shift in range(-4, 6):
        near = day + timedelta(days=shift)
        try:
            off, name = chinese_calendar.get_holiday_detail(near)
        except NotImplementedError:  # a day past the years known
            continue
        if off and name == chinese_calendar.Holiday.spring_festival.value:
            return True
    return False


def batches(params: SimParams, sky: Weather) -> Iterator[Batch]:
    """Each year's holidays when the State Council has announced them; weather every day."""
    for year in range(params.first_day.year, params.end.year + 1):
        load = max(params.first_day, date(year - 1, 11, 25))
        if load <= params.end:
            yield Batch("external", "holidays", load, _holidays(year), f"holidays-{year}")
    count = len(sky.districts)
    for index in range(params.days):
        table = pa.table(
            {
                "district_code": list(sky.districts),
                "day": days(np.repeat(params.origin + index, count)),
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
