"""Forecasts against what came: accounts by month, feeders and the branch by day.

``python -m bench.branch.forecast --workspace W``: each origin with what was known then
(account_month is; days of transformers and the weather as they stand now), the choice between model
and naive forecast made before the months and days that are judged.
"""

import duckdb
import numpy as np
import pandas as pd

from bench.branch.row import Row, arguments, table
from ml.account_forecast import account_forecast
from ml.forecast import naive_error
from ml.grid_forecast import grid_forecast
from ml.harness.intervals import Bootstrap
from orchestration.scores.forecasts import account_months, grid_days

ACCOUNT_ORIGINS = 4
GRID_WEEKS = 12


def accounts(connection, newest) -> pd.DataFrame:
    """Forecasts of the last origins whose three months are known, beside what was used."""
    use, weather, festivals, until = account_months(connection, newest)
    actual = use.rename(columns={"mean_daily_kwh": "actual"})[
        ["account_no", "month", "actual", "usable_days"]
    ]
    parts = []
    for back in range(3, 3 + ACCOUNT_ORIGINS):
        origin = until - pd.DateOffset(months=back)
        seen = weather[weather["month"] <= origin]
        parts.append(account_forecast(use, seen, festivals, origin).table.assign(origin=origin))
    made = pd.concat(parts, ignore_index=True)
    made["month"] = pd.to_datetime(made["month"])
    days = made["month"].dt.days_in_month
    for name in ("forecast_kwh", "low_kwh", "high_kwh", "naive_kwh"):
        made[name] = made[name] / days
    rows = made.merge(actual, on=["account_no", "month"])
    return rows[(rows["usable_days"] >= 10) & rows["actual"].notna()].reset_index(drop=True)


def grid(connection, newest) -> pd.DataFrame:
    """Forecasts of the last weeks, beside what was supplied."""
    daily, calendar = grid_days(connection, newest)
    parts = []
    for back in range(1, GRID_WEEKS + 1):
        end = daily["day"].max() - pd.Timedelta(days=7 * back)
        known = daily[daily["day"] <= end]
        seen = calendar.assign(t_mean=calendar["t_mean"].where(calendar["day"] <= end))
        made = grid_forecast(known, seen).table
        made["name"] = made["series_kind"] + ":" + made["series"]
        parts.append(made.assign(origin=end, scale=made["name"].map(naive_error(known, end))))
    made = pd.concat(parts, ignore_index=True)
    made["day"] = pd.to_datetime(made["day"])
    return made.merge(daily.rename(columns={"series": "name", "kwh": "actual"}), on=["name", "day"])


def _ratio(rows, first, second, weight) -> float:
    ours = (rows["actual"] - rows[first]).abs().to_numpy()
    theirs = (rows["actual"] - rows[second]).abs().to_numpy()
    return float((weight * ours).sum() / (weight * theirs).sum())


def _mean(values, weight) -> float:
    usable = np.isfinite(values)
    return float((weight * values)[usable].sum() / weight[usable].sum())


def rows(workspace, bootstrap: Bootstrap | None = None) -> list[Row]:
    """Every figure."""
    bootstrap = bootstrap or Bootstrap(draws=200)
    with duckdb.connect(
        str(workspace / "state" / "warehouse.duckdb"), read_only=True
    ) as connection:
        newest = connection.execute("select max(as_of_date) from marketing.model_card").fetchone()[
            0
        ]
        months, days = accounts(connection, newest), grid(connection, newest)
    result = []

    def add(model, measure, figure, part, cluster, target="", note=""):
        interval = bootstrap.interval(figure, len(part), cluster=part[cluster])
        result.append(Row(model, measure, *interval, target, note))

    # Of each account's own use, or the largest firms would be all that is judged.
    level = months.groupby("account_no")["actual"].transform("mean").clip(lower=0.2)
    ours, theirs = (
        ((months["actual"] - months[name]).abs() / level).clip(upper=5).to_numpy()
        for name in ("forecast_kwh", "naive_kwh")
    )
    naive = (months["method"] == "seasonal_naive").mean()
    add("account_forecast", "error ÷ naive error, each account alike",
        lambda w: float((w * ours).sum() / (w * theirs).sum()), months, "account_no", "<= 1",
        f"{months['account_no'].nunique():,} accounts, {ACCOUNT_ORIGINS} origins; naive: same "
        f"month last year; {naive:.0%} of the forecasts are the naive one")  # fmt: skip
    for ahead in (1, 2, 3):
        here = (months["months_ahead"] == ahead).to_numpy()
        add("account_forecast", f"… {ahead} months ahead",
            lambda w, h=here: float((w * ours)[h].sum() / (w * theirs)[h].sum()),
            months, "account_no")  # fmt: skip
    add("account_forecast", "error ÷ naive error, all kWh alike",
        lambda w: _ratio(months, "forecast_kwh", "naive_kwh", w), months, "account_no")  # fmt: skip
    inside = (months["actual"] >= months["low_kwh"]) & (months["actual"] <= months["high_kwh"])
    add("account_forecast", "coverage of the 80 % interval",
        lambda w: _mean(inside.to_numpy(dtype=float), w), months, "account_no",
        note="0.8 is aimed at; drawn by account; an origin's months share weather")  # fmt: skip
    for kind in ("feeder", "branch"):
        part = days[days["series_kind"] == kind].reset_index(drop=True)
        scaled = ((part["actual"] - part["forecast_kwh"]).abs() / part["scale"]).to_numpy()
        beside = ((part["actual"] - part["naive_kwh"]).abs() / part["scale"]).to_numpy()
        add("grid_forecast", f"MASE, {kind}, 1–7 days ahead", lambda w, s=scaled: _mean(s, w), part,
            "origin", "<= 1", f"seasonal naive {beside.mean():.3f}; {GRID_WEEKS} weeks, "
            f"{part['name'].nunique()} series; weather ahead unknown")  # fmt: skip
        add("grid_forecast", f"error ÷ naive error, {kind}",
            lambda w, s=scaled, b=beside: float((w * s).sum() / (w * b).sum()), part, "origin",
            "<= 1")  # fmt: skip
        here = (part["actual"] >= part["low_kwh"]) & (part["actual"] <= part["high_kwh"])
        add("grid_forecast", f"coverage of the 80 % interval, {kind}",
            lambda w, h=here: _mean(h.to_numpy(dtype=float), w), part, "origin",
            note="0.8 is aimed at; drawn by week")  # fmt: skip
    return result


if __name__ == "__main__":
    chosen = arguments(__doc__)
    print(table(rows(chosen.workspace)))
