"""What a simulated branch is made from, and its keyed random streams."""

import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import yaml
from chinese_calendar.constants import holidays

# The State Council's calendar, as far as the package knows it.
YEARS = range(min(holidays).year, max(holidays).year + 1)
# Accounts that are drawn together. The unit of randomness: another number is another branch.
BLOCK = 500


@cache
def config() -> dict:
    """The parameters of the causal model (branch.yml)."""
    path = Path(__file__).with_name("branch.yml")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class SimParams:
    """Size, time and dirt of the branch.

    Reads exist for the ``days`` days before ``end``; a day's reads land the day after, so ``end``
    is the last load date. ``dirt`` 0 plants no defect, 1 the usual rate, 3 three times that.
    ``chunk`` accounts are held in memory and share landing files; it changes no row. Raises
    ``ValueError``.
    """

    accounts: int = 300
    days: int = 730
    seed: int = 1
    end: date = date(2026, 6, 30)
    dirt: float = 1.0
    chunk: int = 50_000

    def __post_init__(self):
        """Refuse what can't be simulated."""
        if not 1 <= self.accounts <= 10_000_000:
            raise ValueError(f"accounts must be 1 to 10000000, not {self.accounts}")
        if self.days < 1:
            raise ValueError(f"days must be 1 or more, not {self.days}")
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"seed must be 0 to 2**63 - 1, not {self.seed}")
        if not 0 <= self.dirt <= 3:
            raise ValueError(f"dirt must be 0 (clean) to 3, not {self.dirt}")
        if self.chunk < 1:
            raise ValueError(f"chunk must be 1 or more, not {self.chunk}")
        # Counted in days: a date before the year 1 can't be made.
        first, start = self.end.toordinal() - self.days, date(YEARS[0], 1, 1)
        if first < start.toordinal() or self.end.year > YEARS[-1]:
            raise ValueError(
                f"{self.days} days before {self.end} are not all within {YEARS[0]} to "
                f"{YEARS[-1]}, the years whose public holidays are known: choose another end or "
                "fewer days"
            )

    @property
    def first_day(self) -> date:
        """First day with reads, and the first load date (of the master data)."""
        return self.end - timedelta(days=self.days)

    @property
    def origin(self) -> np.datetime64:
        """The first day, for arithmetic."""
        return np.datetime64(self.first_day, "D")

    def day(self, index: int) -> date:
        """The day ``index`` days after the first."""
        return self.first_day + timedelta(days=int(index))

    @property
    def blocks(self) -> int:
        """How many blocks the accounts fill, the last one perhaps in part."""
        return -(-self.accounts // BLOCK)

    @property
    def chunks(self) -> list[range]:
        """Blocks by chunk: whole blocks, so that no chunk changes what is drawn."""
        step = -(-self.chunk // BLOCK)
        return [range(i, min(i + step, self.blocks)) for i in range(0, self.blocks, step)]

    def rng(self, purpose: str, block: int = 0) -> np.random.Generator:
        """The random numbers of one purpose and block.

        One purpose draws one array with the accounts along its first axis: so a block cut short
        draws the same for those that it has.
        """
        key = [self.seed, block << 32 | zlib.crc32(purpose.encode())]
        return np.random.Generator(np.random.Philox(key=key))
