"""What an account's daily use tells about theft, faults and vacancy: features of its recent days
against its own past, with the weather and what its peers did taken out.

Each day is divided by what the account used before and by the panel's index of that day (the median
of all accounts against their own past): cold days and holidays move the index, not the residual.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class AnomalyParams:
    """Settings, each with its reason."""

    recent_days: int = 150  # a case that is older is no longer news
    past_days: int = 365  # a whole year before, where there is one
    min_past_days: int = 120  # less says nothing of an account's habits
    min_recent_days: int = 30
    short_days: int = 28
    zero_kwh: float = 0.1  # a home with nothing on uses more


FEATURES = [
    "fall_since_year",
    "residual_28",
    "residual_90",
    "residual_recent",
    "lowest_28",
    "step",
    "step_age_days",
    "residual_sd",
    "sd_change",
    "jump_change",
    "same_week_change",
    "peers_before",
    "peers_change",
    "zero_share",
    "zero_change",
    "repeat_share",
    "floor_change",
    "unread_share",
]


def features(
    daily: pd.DataFrame, at: pd.Timestamp, params: AnomalyParams | None = None
) -> pd.DataFrame:
    """FEATURES by series (index), of the series with enough past and recent days at ``at``.

    ``daily``: series, day, kwh (unique by series and day); days after ``at`` are not looked at.
    Shares are 0–1, ``step`` is in standard errors (negative: use fell), ``*_change`` are logarithms
    of recent ÷ past or differences of correlations, ``fall_since_year`` is 1 − the last 90 days ÷
    the same days a year before (null when those were not read). Raises ``ValueError`` for a day
    twice.
    """
    params = params or AnomalyParams()
    if daily.duplicated(["series", "day"]).any():
        raise ValueError("a series has a day twice")
    days = pd.date_range(end=at, periods=params.recent_days + params.past_days)
    known = daily[(daily["day"] <= at) & (daily["day"] >= days[0])]
    use = known.pivot(index="series", columns="day", values="kwh").reindex(columns=days)
    cut = params.past_days
    enough = (use.iloc[:, :cut].notna().sum(axis=1) >= params.min_past_days) & (
        use.iloc[:, cut:].notna().sum(axis=1) >= params.min_recent_days
    )
    use = use[enough]
    kwh = use.to_numpy(dtype=float)
    habit = _quantile(kwh[:, :cut], 0.5)
    relative = kwh / np.maximum(habit, params.zero_kwh)[:, None]
    index = _quantile(relative.T, 0.5)
    residual = relative / np.maximum(index, 1e-6)
    # A past of summers only differs from the index of all: each account is one before.
    residual = residual / np.maximum(_mean(residual[:, :cut]), 1e-6)[:, None]
    past, recent = residual[:, :cut], residual[:, cut:]
    step, age = _step(recent, _spread(past))
    zero_past, zero = (_mean(np.where(np.isnan(p), np.nan, p < params.zero_kwh)) for p in (
        kwh[:, :cut], kwh[:, cut:]))  # fmt: skip
    year_ago = _mean(kwh[:, -90 - 365 : -365])
    columns = {
        "fall_since_year": 1 - _mean(kwh[:, -90:]) / np.where(year_ago > 0, year_ago, np.nan),
        "residual_28": _mean(residual[:, -params.short_days :]),
        "residual_90": _mean(residual[:, -90:]),
        "residual_recent": _mean(recent),
        "lowest_28": _lowest(recent, params.short_days),
        "step": step,
        "step_age_days": age,
        "residual_sd": _spread(residual[:, -60:]),
        "sd_change": _log_ratio(_spread(residual[:, -60:]), _spread(past)),
        "jump_change": _log_ratio(_jumps(residual[:, -60:], 1), _jumps(past, 1)),
        "same_week_change": _log_ratio(_jumps(residual[:, -60:], 7), _jumps(past, 7)),
        "peers_before": _correlation(relative[:, :cut], index[:cut]),
        "peers_change": _correlation(relative[:, -60:], index[-60:])
        - _correlation(relative[:, :cut], index[:cut]),
        "zero_share": zero,
        "zero_change": zero - zero_past,
        "repeat_share": _mean(
            np.where(
                np.isnan(kwh[:, -59:] + kwh[:, -60:-1]), np.nan, kwh[:, -59:] == kwh[:, -60:-1]
            )
        ),
        "floor_change": _log_ratio(_quantile(residual[:, -90:], 0.1), _quantile(past, 0.1)),
        "unread_share": np.isnan(kwh[:, cut:]).mean(axis=1),
    }
    return pd.DataFrame(columns, index=use.index)[FEATURES]


def clerks_rule(table: pd.DataFrame) -> np.ndarray:
    """Use fell by half against last year, the deepest fall first: the rule anyone would start with.

    ``table``: of ``features``. Accounts without a year before come last.
    """
    return table["fall_since_year"].fillna(-10).clip(lower=-10).to_numpy()


def _mean(values: np.ndarray) -> np.ndarray:
    known = np.isfinite(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _spread(values: np.ndarray) -> np.ndarray:
    return np.sqrt(_mean((values - _mean(values)[:, None]) ** 2))


def _quantile(values: np.ndarray, share: float) -> np.ndarray:
    """Quantile of the known values of each row; NaN where none is."""
    ordered = np.sort(values, axis=1)  # nulls go last
    known = np.isfinite(values).sum(axis=1)
    place = share * np.maximum(known - 1, 0)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, np.maximum(known - 1, 0))
    row = np.arange(len(values))
    return ordered[row, low] + (place - low) * (ordered[row, high] - ordered[row, low])


def _log_ratio(after: np.ndarray, before: np.ndarray) -> np.ndarray:
    return np.log((after + 0.01) / (before + 0.01))


def _jumps(values: np.ndarray, by: int) -> np.ndarray:
    """Mean absolute change from ``by`` days before, by row."""
    return _mean(np.abs(values[:, by:] - values[:, :-by]))


def _lowest(values: np.ndarray, length: int) -> np.ndarray:
    """Lowest mean of ``length`` days in a row, by row (weeks apart: a step is longer)."""
    starts = range(0, values.shape[1] - length + 1, 7)
    return np.fmin.reduce([_mean(values[:, s : s + length]) for s in starts])


def _step(recent: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The split of the recent days that parts them most: difference of the means in standard errors
    of ``spread`` (a day), and the days since."""
    known = np.isfinite(recent)
    value = np.where(known, recent, 0)
    count, total = known.cumsum(axis=1), value.cumsum(axis=1)
    best, age = np.zeros(len(recent)), np.full(len(recent), np.nan)
    width = recent.shape[1]
    for cut in range(14, width - 13, 7):
        n0, n1 = count[:, cut - 1], count[:, -1] - count[:, cut - 1]
        enough = (n0 >= 7) & (n1 >= 7)
        n0, n1 = np.maximum(n0, 1), np.maximum(n1, 1)
        gap = (total[:, -1] - total[:, cut - 1]) / n1 - total[:, cut - 1] / n0
        score = np.where(enough, gap / (np.maximum(spread, 0.05) * np.sqrt(1 / n0 + 1 / n1)), 0)
        deeper = np.abs(score) > np.abs(best)
        best, age = np.where(deeper, score, best), np.where(deeper, width - cut, age)
    return best, age


def _correlation(values: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Correlation of each row with the index over its known days; 0 for a row that never moves."""
    known = np.isfinite(values)
    x = np.where(known, values - _mean(values)[:, None], 0)
    of_row = np.where(known, index[None, :], np.nan)
    y = np.where(known, of_row - _mean(of_row)[:, None], 0)
    scale = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    return np.where(scale > 0, (x * y).sum(axis=1) / np.maximum(scale, 1e-12), 0)
