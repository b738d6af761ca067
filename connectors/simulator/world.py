"""What all accounts share: days, months, weather and the outages of the grid."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from connectors.simulator import external
from connectors.simulator.params import SimParams, config


@dataclass(frozen=True)
class Month:
    """A calendar month of the simulation: days ``start`` to ``stop`` (not included)."""

    first: date
    start: int
    stop: int
    is_whole: bool


@dataclass
class Outages:
    """Interruptions of one feeder or transformer; arrays over them."""

    start: np.ndarray  # days since the first, with a fraction
    hours: np.ndarray
    is_planned: np.ndarray


class World:
    """The branch without its accounts."""

    def __init__(self, params: SimParams):
        """Draw what is drawn once."""
        self.params = params
        self.sky = external.weather(params)
        self.calendar = external.calendar(params)
        self._feeders: dict[int, Outages] = {}

    @cached_property
    def months(self) -> list[Month]:
        """The calendar months that the days touch."""
        params, result = self.params, []
        first = params.first_day.replace(day=1)
        while first < params.end:
            after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
            start, stop = (first - params.first_day).days, (after - params.first_day).days
            whole = start >= 0 and stop <= params.days
            result.append(Month(first, max(start, 0), min(stop, params.days), whole))
            first = after
        return result

    @cached_property
    def month_of_day(self) -> np.ndarray:
        """Place among ``months`` of every day."""
        result = np.empty(self.params.days, dtype=np.int64)
        for place, month in enumerate(self.months):
            result[month.start : month.stop] = place
        return result

    def feeder_outages(self, feeder: int) -> Outages:
        """The outages of a whole feeder."""
        if feeder not in self._feeders:
            rate = config()["grid"]["feeder_outages"]
            self._feeders[feeder] = self._outages("outages.feeder", feeder, rate)
        return self._feeders[feeder]

    def transformer_outages(self, neighbourhood: int) -> Outages:
        """The outages of one public transformer alone."""
        rate = config()["grid"]["transformer_outages"]
        return self._outages("outages.transformer", neighbourhood, rate)

    def _outages(self, purpose: str, place: int, rate: float) -> Outages:
        c = config()["grid"]
        rng = self.params.rng(purpose, place)
        count = rng.poisson(rate * self.params.days / 365)
        start = np.sort(rng.random(count)) * self.params.days
        planned = rng.random(count) < c["planned_share"]
        # Planned work begins in the morning, faults at any hour.
        start = np.where(planned, np.floor(start) + 0.33 + 0.1 * rng.random(count), start)
        length = c["outage_hours"]
        hours = length["median"] * np.exp(length["spread"] * rng.standard_normal(count))
        return Outages(start, np.minimum(hours, 20), planned)
