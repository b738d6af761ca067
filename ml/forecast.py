"""Daily use up to seven days ahead, from known use, calendar and weather; with intervals.

One table row per series, origin and day ahead; every feature is known at the origin's end, but the
weather of the day ahead, which is what the caller gives (a weather forecast, or nothing). Use is
divided by the series' own level, so that one model serves homes, feeders and a branch.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from ml.harness.columns import EmptyColumns

SEASON = 7
KEYS = ["series", "origin", "day", "ahead"]
FEATURES = [
    "ahead",
    "weekday",
    "is_day_off",
    "was_day_off",
    "lag_7",
    "lag_14",
    "lag_21",
    "lag_28",
    "mean_7",
    "last_day",
    "same_weekday",
    "weekday_spread",
    "year_ratio",
    "heat",
    "heat_7",
    "heat_28",
    "cool",
    "cool_7",
    "cool_28",
    "variation",
]


@dataclass(frozen=True)
class ForecastParams:
    """Settings, each with its reason."""

    horizon: int = 7
    level_days: int = 28  # four of each weekday
    min_level_days: int = 21  # of them known, or the level is a guess and no row is made
    scale_days: int = 56  # how much a series jumps from week to week, from eight weeks
    heating_base_c: float = 15.5  # the usual base of degree days where London's data comes from
    cooling_base_c: float = 22.0
    coverage: float = 0.8
    weather_ahead: bool = True  # False: the last three days' weather stands for the days ahead
    seed: int = 20260101


def feature_table(
    daily: pd.DataFrame,
    calendar: pd.DataFrame,
    origins: pd.DatetimeIndex,
    params: ForecastParams | None = None,
) -> pd.DataFrame:
    """KEYS, FEATURES, level and scale (kWh), naive (kWh) and kwh (null when not known yet).

    ``daily``: series, day, kwh (unique by series and day; absent and null days are unknown).
    ``calendar``: day, is_day_off, t_mean (°C, null where unknown), also of the days ahead.
    ``naive`` is the use of the same weekday in the newest known week, else the level. Series
    without a level at an origin have no rows there. Raises ``ValueError`` for a day twice.
    """
    params = params or ForecastParams()
    if daily.duplicated(["series", "day"]).any():
        raise ValueError("a series has a day twice")
    if params.horizon > SEASON:
        raise ValueError("the naive forecast, and the features, reach seven days")
    use = daily.pivot(index="series", columns="day", values="kwh")
    first = min(use.columns.min(), calendar["day"].min())
    last = max(use.columns.max(), origins.max() + pd.Timedelta(days=params.horizon))
    days = pd.date_range(first, last)
    kwh = use.reindex(columns=days).to_numpy(dtype=float)
    known = calendar.set_index("day").reindex(days)
    off = known["is_day_off"].fillna(False).to_numpy(dtype=float)
    mean_t = known["t_mean"].to_numpy(dtype=float)
    heat = np.maximum(params.heating_base_c - mean_t, 0)
    cool = np.maximum(mean_t - params.cooling_base_c, 0)
    parts = []
    for origin in origins:
        at = int((origin - first).days)
        past = kwh[:, : at + 1]
        if at < params.level_days:
            continue
        part = _origin(past, kwh, at, off, heat, cool, days, params)
        part.insert(0, "origin", origin)
        part.insert(0, "series", np.repeat(use.index.to_numpy(), params.horizon))
        parts.append(part[part["level"].notna() & (part["level"] > 0)])
    if not parts:
        raise ValueError("no origin has the days that a level needs")
    return pd.concat(parts, ignore_index=True)


def _mean(values: np.ndarray, least: int = 1) -> np.ndarray:
    """Mean of the known values of each row; NaN where fewer than ``least`` are."""
    known = np.isfinite(values)
    count = known.sum(axis=-1)
    total = np.where(known, values, 0).sum(axis=-1)
    return np.where(count >= least, total / np.maximum(count, 1), np.nan)


def _origin(past, kwh, at, off, heat, cool, days, params) -> pd.DataFrame:
    """Rows of one origin (column number ``at``), series by series, ahead 1 … horizon."""
    n, ahead = len(past), np.arange(1, params.horizon + 1)
    target = at + ahead
    level = _mean(past[:, -params.level_days :], params.min_level_days)
    level = np.where(level > 0, level, np.nan)
    relative = past / level[:, None]
    jumps = np.abs(past[:, SEASON:] - past[:, :-SEASON])[:, -params.scale_days :]

    def lag(by: int) -> np.ndarray:
        wanted = target - by
        found = relative[:, np.clip(wanted, 0, at)]
        return np.where((wanted >= 0)[None, :], found, np.nan)

    def degree(of: np.ndarray, length: int) -> np.ndarray:
        return np.broadcast_to(_mean(of[max(at + 1 - length, 0) : at + 1]), (n, len(ahead)))

    def ahead_of(of: np.ndarray) -> np.ndarray:
        if params.weather_ahead:
            return np.broadcast_to(of[target], (n, len(ahead)))
        return degree(of, 3)

    lags = np.stack([lag(by) for by in (7, 14, 21, 28)], axis=-1)
    # The same weeks a year before, if the series is that old: did use rise or fall then?
    year = 364
    ratio = np.full((n, len(ahead)), np.nan)
    if at - year - params.level_days >= 0:
        before = _mean(past[:, at - year - params.level_days + 1 : at - year + 1], 14)
        after = _mean(past[:, at - year + 1 : at - year + 1 + SEASON], 4)
        ratio = np.repeat((after / np.where(before > 0, before, np.nan))[:, None], len(ahead), 1)
    columns = {
        "day": np.broadcast_to(days[target].to_numpy(), (n, len(ahead))),
        "ahead": np.broadcast_to(ahead, (n, len(ahead))),
        "weekday": np.broadcast_to(days[target].day_of_week.to_numpy(), (n, len(ahead))),
        "is_day_off": np.broadcast_to(off[target], (n, len(ahead))),
        "was_day_off": np.broadcast_to(off[target - SEASON], (n, len(ahead))),
        **{f"lag_{by}": lags[..., i] for i, by in enumerate((7, 14, 21, 28))},
        "mean_7": np.repeat(_mean(relative[:, -7:], 4)[:, None], len(ahead), 1),
        "last_day": np.repeat(relative[:, -1:], len(ahead), 1),
        "same_weekday": _mean(lags, 2),
        "weekday_spread": np.where(np.isfinite(lags).all(axis=-1), np.std(lags, axis=-1), np.nan),
        "year_ratio": ratio,
        "heat": ahead_of(heat),
        "heat_7": degree(heat, 7),
        "heat_28": degree(heat, 28),
        "cool": ahead_of(cool),
        "cool_7": degree(cool, 7),
        "cool_28": degree(cool, 28),
        "variation": np.repeat((_mean(jumps, 14) / level)[:, None], len(ahead), 1),
        "level": np.repeat(level[:, None], len(ahead), 1),
        "scale": np.repeat(_mean(jumps, 14)[:, None], len(ahead), 1),
        "kwh": kwh[:, target],
    }
    rows = pd.DataFrame({name: values.reshape(-1) for name, values in columns.items()})
    rows["naive"] = rows["level"] * rows["lag_7"].fillna(1)
    return rows


def model(kind: str, params: ForecastParams | None = None) -> Pipeline:
    """An unfitted pipeline from FEATURES to use ÷ level: ``boosting`` for many series, ``ridge``
    for one or few. Raises ``ValueError`` for another kind."""
    params = params or ForecastParams()
    if kind == "boosting":
        estimator = HistGradientBoostingRegressor(
            loss="absolute_error",  # what MASE asks for: the median day, not the mean
            learning_rate=0.08,
            max_iter=150,
            max_leaf_nodes=31,
            min_samples_leaf=200,
            early_stopping=False,
            random_state=params.seed,
        )
        return Pipeline([("columns", EmptyColumns()), ("model", estimator)])
    if kind == "ridge":
        levels = ["ahead", "weekday"]
        columns = ColumnTransformer(
            [
                ("levels", OneHotEncoder(handle_unknown="ignore"), levels),
                (
                    "numbers",
                    make_pipeline(
                        SimpleImputer(strategy="median", keep_empty_features=True),
                        StandardScaler(),
                    ),
                    [name for name in FEATURES if name not in levels],
                ),
            ]
        )
        return Pipeline([("columns", columns), ("model", RidgeCV(alphas=np.logspace(-2, 4, 13)))])
    raise ValueError(f"{kind} is neither boosting nor ridge")


def fit(table: pd.DataFrame, kind: str, params: ForecastParams | None = None) -> Pipeline:
    """``model(kind)`` fitted on the rows of ``table`` whose use is known."""
    rows = table[table["kwh"].notna()]
    return model(kind, params).fit(rows[FEATURES], rows["kwh"] / rows["level"])


def predict(fitted: Pipeline, table: pd.DataFrame) -> np.ndarray:
    """Forecast in kWh of each row, never negative."""
    return np.maximum(fitted.predict(table[FEATURES]), 0) * table["level"].to_numpy()


def intervals(
    table: pd.DataFrame, forecast: np.ndarray, weeks: int = 8, params: ForecastParams | None = None
) -> pd.DataFrame:
    """low and high (kWh) of each row, by the errors of forecasts whose outcome the origin knew.

    Conformal: errors ÷ scale of the ``weeks`` weeks of forecasts before an origin, their outer
    quantiles (with the correction for a finite number) times the row's scale. Null at origins that
    know no such errors. ``table``: of ``feature_table``, in which origins before the ones of
    interest must be present.
    """
    params = params or ForecastParams()
    scale = table["scale"].fillna(table["level"]).to_numpy()
    scale = np.maximum(scale, 0.05 * table["level"].to_numpy())  # a flat past is no promise
    error = (table["kwh"].to_numpy(dtype=float) - forecast) / scale
    low, high = np.full(len(table), np.nan), np.full(len(table), np.nan)
    origin, day = table["origin"], table["day"]
    tail = (1 - params.coverage) / 2
    for at in origin.unique():
        seen = (day <= at) & (origin >= at - pd.Timedelta(weeks=weeks, days=params.horizon))
        known = np.sort(error[seen.to_numpy() & np.isfinite(error)])
        if len(known) < 20:
            continue
        rank = int(np.floor(tail * (len(known) + 1))) - 1
        now = (origin == at).to_numpy()
        low[now] = forecast[now] + known[max(rank, 0)] * scale[now]
        high[now] = forecast[now] + known[len(known) - 1 - max(rank, 0)] * scale[now]
    return pd.DataFrame({"low": np.maximum(low, 0), "high": high}, index=table.index)


def naive_error(daily: pd.DataFrame, until: pd.Timestamp) -> pd.Series:
    """In-sample mean |use − use seven days before| by series (kWh), over days up to ``until``."""
    use = daily[daily["day"] <= until].pivot(index="day", columns="series", values="kwh")
    use = use.asfreq("D")
    return (use - use.shift(SEASON)).abs().mean()


def mase(
    actual: np.ndarray, forecast: np.ndarray, series: np.ndarray, scale: pd.Series
) -> pd.Series:
    """Mean absolute scaled error by series: mean |actual − forecast| ÷ ``scale`` (``naive_error``).

    Series without an error of the naive forecast (always the same use) are left out.
    """
    error = pd.Series(np.abs(np.asarray(actual) - np.asarray(forecast)))
    by_series = error.groupby(np.asarray(series)).mean()
    usable = scale[scale > 0]
    return (by_series / usable.reindex(by_series.index)).dropna()
