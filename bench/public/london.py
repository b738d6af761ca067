"""London's homes: seven days ahead, for the panel and for each home, against the same day last
week."""

from pathlib import Path

import numpy as np
import pandas as pd

from bench.public import data
from bench.public.row import Row
from ml import forecast
from ml.harness.intervals import Bootstrap, Interval

SEED = 20260101
MODEL_FROM, TEST_FROM, END = (
    pd.Timestamp(day) for day in ("2012-05-13", "2013-06-30", "2013-12-22")
)
CALIBRATE_WEEKS = 10
MIN_HOMES = 700  # fewer homes a day are another panel
HOMES = 1000
FIT_ROWS = 100_000  # more changed no third digit


def london(folder: Path, bootstrap: Bootstrap, sample: int | None = None) -> list[Row]:
    """MASE and coverage. ``sample``: so many blocks; without it 700, and the panel of all."""
    daily = data.london(folder, sample)
    calendar = data.london_calendar(folder)
    mean = daily.groupby("day")["kwh"].agg(["mean", "count"]).reset_index()
    mean = mean[mean["count"] >= (MIN_HOMES if sample is None else 10 * sample)]
    panel = pd.DataFrame({"series": "panel", "day": mean["day"], "kwh": mean["mean"]})
    first = panel["day"].min() + pd.Timedelta(days=40)
    # A panel has few rows: every day is an origin to learn from, Sundays are those of the test.
    every = pd.date_range(first, END)
    names = daily["series"].drop_duplicates()
    names = names.sample(min(HOMES, len(names)), random_state=SEED)
    homes = daily[daily["series"].isin(names)]
    weekly = pd.date_range(MODEL_FROM, END, freq="7D")
    rows = []
    for name, use, origins, kind in (
        ("London, panel", panel, every, "ridge"),
        ("London, homes", homes, weekly, "boosting"),
    ):
        known, blind = (
            _rows(name, use, calendar, origins, kind, bootstrap, ahead) for ahead in (True, False)
        )
        rows += [*known, blind[0]]
    return rows


def _rows(name, daily, calendar, origins, kind, bootstrap, weather_ahead: bool) -> list[Row]:
    params = forecast.ForecastParams(weather_ahead=weather_ahead)
    table = forecast.feature_table(daily, calendar, origins, params)
    table = table[table["kwh"].notna()].reset_index(drop=True)
    # Fitted before the weeks whose errors make the first intervals.
    past = table[table["day"] <= TEST_FROM - pd.Timedelta(weeks=CALIBRATE_WEEKS)]
    if len(past) > FIT_ROWS:
        past = past.sample(FIT_ROWS, random_state=SEED)
    fitted = forecast.fit(past, kind)
    table = table[table["origin"] >= TEST_FROM - pd.Timedelta(weeks=CALIBRATE_WEEKS)]
    table = table[table["origin"].dt.day_of_week == TEST_FROM.day_of_week].reset_index(drop=True)
    expected = forecast.predict(fitted, table)
    band = forecast.intervals(table, expected)
    test = (table["origin"] >= TEST_FROM).to_numpy()
    rows, expected, band = table[test], expected[test], band[test]
    scale = forecast.naive_error(daily, TEST_FROM)
    ours = _mase(rows, expected, scale, bootstrap)
    naive = _mase(rows, rows["naive"].to_numpy(), scale, bootstrap)
    inside = ((rows["kwh"] >= band["low"]) & (rows["kwh"] <= band["high"])).to_numpy(dtype=float)
    week = pd.factorize(rows["origin"])[0]
    covered = bootstrap.interval(
        lambda w: float((w * inside).sum() / w.sum()), len(rows), cluster=week
    )
    width = float(np.mean((band["high"] - band["low"]) / rows["level"]))
    weather = "the days' weather known" if weather_ahead else "weather up to the origin only"
    sundays, series = rows["origin"].nunique(), rows["series"].nunique()
    what = f"{kind}, {weather}; {sundays} Sundays, {series:,} series"
    figure = "MASE, 1–7 days ahead" + ("" if weather_ahead else ", weather unknown")
    level = f"mean width {width:.2f} of the level"
    return [
        Row(name, figure, ours, naive.value, "seasonal naive", what, higher_is_better=False),
        Row(name, "coverage of the 80 % interval", covered, None, "", level),
    ]


def _mase(rows, expected, scale, bootstrap: Bootstrap) -> Interval:
    """Mean MASE of the series; drawn by home, or by week where there is one series."""
    error = np.abs(rows["kwh"].to_numpy() - expected) / rows["series"].map(scale).to_numpy()
    usable = np.isfinite(error)
    unit = "series" if rows["series"].nunique() > 1 else "origin"
    by = pd.Series(error[usable]).groupby(rows[unit].to_numpy()[usable]).mean().to_numpy()
    return bootstrap.interval(lambda w: float((w * by).sum() / w.sum()), len(by))
