"""Rolling-origin splits: what a model could have learned at a month's end, and what came later.

A row of month M holds what was known at the end of M; its label looks at the ``horizon`` months
after M and is known ``lag`` months after those. At the origin T a row may be learned from when its
label was known by then: M + horizon + lag <= T. The rows of T are the test.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Split:
    """Positions of rows (integers, ascending): ``fit``, ``calibrate`` (may be empty), ``test``."""

    origin: date
    fit: np.ndarray
    calibrate: np.ndarray
    test: np.ndarray

    @property
    def train(self) -> np.ndarray:
        """Positions of all rows whose labels were known at the origin and are used."""
        return np.sort(np.concatenate([self.fit, self.calibrate]))


def rolling_origin(
    months: pd.Series,
    horizon: int,
    origins: int,
    *,
    lag: int = 0,
    calibrate_months: int = 0,
    min_fit_months: int = 1,
    window_months: int | None = None,
) -> list[Split]:
    """Splits by origin, oldest first: the newest ``origins`` months of ``months`` that have a past.

    ``months``: month of each row (anything ``pandas.to_datetime`` takes; the day is ignored).
    ``calibrate_months``: the newest learnable months are kept from fitting, for a calibrator;
    labels of the rows fitted on were then known before the first of them, or the calibrator would
    see events that the model has learned. ``window_months``: at most so many months to fit on.
    Raises ``ValueError`` when no month has ``min_fit_months`` months to learn from.
    """
    if horizon < 1 or lag < 0 or origins < 1 or calibrate_months < 0 or min_fit_months < 1:
        raise ValueError("horizon, origins and min_fit_months start at 1, lag and calibrate at 0")
    number = _month_number(months)
    matures = horizon + lag
    present = np.unique(number)
    splits: list[Split] = []
    for origin in present[::-1]:
        if len(splits) == origins:
            break
        known = present[present + matures <= origin]
        held = known[len(known) - calibrate_months :] if calibrate_months else known[:0]
        if len(held) < calibrate_months:
            break
        fitted = known[known + matures <= held[0]] if len(held) else known
        fitted = fitted[-window_months:] if window_months else fitted
        if len(fitted) < min_fit_months:
            break
        splits.append(
            Split(
                origin=date(int(origin) // 12, int(origin) % 12 + 1, 1),
                fit=np.flatnonzero(np.isin(number, fitted)),
                calibrate=np.flatnonzero(np.isin(number, held)),
                test=np.flatnonzero(number == origin),
            )
        )
    if not splits:
        raise ValueError(
            f"{len(present)} months of rows leave nothing to learn from: a label is known after "
            f"{matures} months, {calibrate_months} months are kept for calibration and "
            f"{min_fit_months} are needed to fit"
        )
    return splits[::-1]


def _month_number(months: pd.Series) -> np.ndarray:
    """Months since year 0, so that months can be added. Raises ``ValueError`` for a null."""
    stamps = pd.DatetimeIndex(pd.to_datetime(pd.Series(months)))
    if stamps.hasnans:
        raise ValueError("a row without a month belongs to no split")
    return np.asarray(stamps.year * 12 + stamps.month - 1, dtype=np.int64)
