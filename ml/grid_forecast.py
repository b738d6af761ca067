"""Feeders and the branch, day by day for a week: forecast, 80 % interval, the naive one beside it.

Weather ahead is not known: the last three days' stands for it (``ml.forecast``). Holidays are.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml import forecast
from ml.card import Card
from ml.frames import typed

MODEL, NAIVE = "model", "seasonal_naive"
COLUMNS = {
    "series_kind": "text",
    "series": "text",
    "day": "date",
    "days_ahead": "integer",
    "forecast_kwh": "double",
    "low_kwh": "double",
    "high_kwh": "double",
    "naive_kwh": "double",
    "method": "text",
    "backtest_mase": "double",
    "backtest_naive_mase": "double",
    "backtest_days": "integer",
    "known_until": "date",
}


@dataclass(frozen=True)
class GridParams:
    """Settings, each with its reason."""

    backtest_weeks: int = 9  # two months of forecasts that the present could not see
    train_days: int = 400  # a year of weather and holidays
    train_step: int = 3  # neighbouring origins say nearly the same
    min_train_rows: int = 200


@dataclass
class GridForecast:
    """``table``: COLUMNS. ``backtest``: rows of the weeks held out, with expected, low, high,
    method."""

    table: pd.DataFrame
    backtest: pd.DataFrame
    card: Card


def grid_forecast(
    daily: pd.DataFrame, calendar: pd.DataFrame, params: GridParams | None = None
) -> GridForecast:
    """Seven days after the newest day of ``daily``: series (kind:name), day, kwh.

    ``calendar``: day, is_day_off, t_mean, the days ahead included. A series whose model is no
    better than the naive forecast in the weeks held out gets the naive one. Series without four
    known weeks get none.
    """
    params = params or GridParams()
    options = forecast.ForecastParams(weather_ahead=False)
    if daily.empty:
        return _nothing(None)
    end = daily["day"].max()
    weekly = pd.date_range(end=end, periods=params.backtest_weeks + 1, freq="7D")
    earlier = pd.date_range(end - pd.Timedelta(days=params.train_days), weekly[0],
                            freq=f"{params.train_step}D")  # fmt: skip
    try:
        rows = forecast.feature_table(daily, calendar, earlier.union(weekly), options)
    except ValueError as error:
        if "no origin" not in str(error):
            raise
        return _nothing(end)
    if not (rows["origin"] == end).any():
        return _nothing(end)
    past = rows[(rows["day"] <= weekly[0]) & rows["kwh"].notna()]
    rows = rows[rows["origin"].isin(weekly)].reset_index(drop=True)
    if len(past) >= params.min_train_rows:
        model = forecast.predict(forecast.fit(past, "ridge", options), rows)
    else:
        model = np.full(len(rows), np.nan)
    naive = rows["naive"].to_numpy()
    known = rows["kwh"].notna().to_numpy()
    scale = forecast.naive_error(daily, weekly[0])
    ours, theirs = (
        forecast.mase(rows["kwh"][known], of[known], rows["series"][known], scale)
        for of in (model, naive)
    )
    better = (ours < theirs.reindex(ours.index)) & (ours < 1)
    uses_model = rows["series"].map(better).fillna(False).to_numpy(dtype=bool)
    expected = np.where(uses_model, model, naive)
    band = forecast.intervals(rows, expected, params=options)
    rows = rows.assign(
        expected=expected, model=model, low=band["low"], high=band["high"],
        method=np.where(uses_model, MODEL, NAIVE), mase=rows["series"].map(ours),
        naive_mase=rows["series"].map(theirs),
        days=rows["series"].map(rows[known].groupby("series").size()),
    )  # fmt: skip
    ahead, backtest = rows[rows["origin"] == end], rows[known]
    kind = ahead["series"].str.split(":", n=1, expand=True)
    table = pd.DataFrame(
        {
            "series_kind": kind[0], "series": kind[1], "day": ahead["day"],
            "days_ahead": ahead["ahead"], "forecast_kwh": ahead["expected"],
            "low_kwh": ahead["low"], "high_kwh": ahead["high"], "naive_kwh": ahead["naive"],
            "method": ahead["method"], "backtest_mase": ahead["mase"],
            "backtest_naive_mase": ahead["naive_mase"], "backtest_days": ahead["days"],
            "known_until": end,
        }
    )  # fmt: skip
    return GridForecast(typed(table, COLUMNS), backtest, _card(end, table, backtest, len(past)))


def covered(backtest: pd.DataFrame) -> pd.Series:
    """Whether each held-out day with an interval lies in it."""
    judged = backtest[backtest["low"].notna()]
    return (judged["kwh"] >= judged["low"]) & (judged["kwh"] <= judged["high"])


def _nothing(end) -> GridForecast:
    empty = typed(pd.DataFrame(columns=list(COLUMNS)), COLUMNS)
    backtest = pd.DataFrame(columns=["series", "kwh", "low", "high"])
    return GridForecast(empty, backtest, _card(end, empty, backtest, 0))


def _card(end, table, backtest, rows: int) -> Card:
    day = None if end is None else pd.Timestamp(end).date()
    if table.empty:
        en = "No grid forecast: no transformer has four weeks of days."
        zh = "无电网负荷预测：没有台区具备四周的日供电量。"
        return Card("grid_forecast", None, day, 0, [], {"series": 0}, {}, en, zh)
    by_series = table.drop_duplicates(["series_kind", "series"])
    inside = covered(backtest)
    metrics = {
        "series": len(by_series),
        "series_naive": int((by_series["method"] == NAIVE).sum()),
        "mean_backtest_mase": _rounded(by_series["backtest_mase"].mean()),
        "mean_backtest_naive_mase": _rounded(by_series["backtest_naive_mase"].mean()),
        "backtest_coverage": _rounded(inside.mean()) if len(inside) else None,
    }
    en = (
        f"{metrics['series']} series, seven days ahead; {metrics['series_naive']} of them use the "
        "same day last week because their model was no better. MASE in the weeks held out "
        f"{metrics['mean_backtest_mase']}, naive {metrics['mean_backtest_naive_mase']}; "
        f"{metrics['backtest_coverage']} of the days lay in the 80 % interval. The last three "
        "days' weather stands for the weather ahead."
    )
    zh = (
        f"{metrics['series']}条曲线未来七天预测，其中{metrics['series_naive']}条因模型不优于"
        f"上周同日而采用后者。回测MASE {metrics['mean_backtest_mase']}，"
        f"上周同日 {metrics['mean_backtest_naive_mase']}；"
        f"80%区间实际覆盖{metrics['backtest_coverage']}。未来天气以近三日代替。"
    )
    return Card("grid_forecast", (pd.Timestamp(day) - pd.Timedelta(days=400)).date(), day, rows,
                forecast.FEATURES, metrics, vars(GridParams()), en, zh)  # fmt: skip


def _rounded(value) -> float | None:
    return None if value is None or pd.isna(value) else round(float(value), 3)
