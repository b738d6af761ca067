"""What a simulated branch is made from, and its keyed random streams."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

import numpy as np
from chinese_calendar.constants import holidays

# The State Council's calendar, as far as the package knows it.
YEARS = range(min(holidays).year, max(holidays).year + 1)


class Stream(IntEnum):
    """Purposes of random numbers; a new purpose gets a new number, so that old ones stay."""

    PROFILE = 0
    USAGE = 1
    READ_DEFECTS = 2
    PAYMENTS = 3
    PEOPLE = 4
    WEATHER = 5
    FILE_DEFECTS = 6


@dataclass(frozen=True)
class SimParams:
    """Size, time and dirt of the branch.

    Reads exist for the ``days`` days before ``end``; a day's reads land the day after, so ``end``
    is the last load date. ``dirt`` 0 plants no defect, 1 the usual rate, 2 twice that. ``chunk``
    accounts are drawn at a time; it changes memory, never the result. Raises ``ValueError``.
    """

    accounts: int = 300
    days: int = 730
    seed: int = 1
    end: date = date(2026, 6, 30)
    dirt: float = 1.0
    chunk: int = 2000

    def __post_init__(self):
        """Refuse what can't be simulated."""
        if not 1 <= self.accounts <= 10_000_000:
            raise ValueError(f"accounts must be 1 to 10000000, not {self.accounts}")
        if self.days < 1:
            raise ValueError(f"days must be 1 or more, not {self.days}")
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"seed must be 0 to 2**63 - 1, not {self.seed}")
        if not 0 <= self.dirt <= 10:
            raise ValueError(f"dirt must be 0 (clean) to 10, not {self.dirt}")
        if self.chunk < 1:
            raise ValueError(f"chunk must be 1 or more, not {self.chunk}")
        if self.first_day.year not in YEARS or self.end.year not in YEARS:
            raise ValueError(
                f"{self.first_day} to {self.end} is not within {YEARS[0]} to {YEARS[-1]}, the "
                "years whose public holidays are known: choose another end or fewer days"
            )

    @property
    def first_day(self) -> date:
        """First day with reads, and the first load date (of the master data)."""
        return self.end - timedelta(days=self.days)

    def day(self, index: int) -> date:
        """The day ``index`` days after the first."""
        return self.first_day + timedelta(days=int(index))

    @property
    def dates(self) -> np.ndarray:
        """All days with reads, as datetime64[D]."""
        return np.datetime64(self.first_day, "D") + np.arange(self.days)

    def stream(self, kind: Stream, index: int = 0) -> np.random.Generator:
        """The random numbers of one purpose and account (or district, for weather)."""
        return np.random.Generator(np.random.Philox(key=[self.seed, index * 16 + kind]))
