"""Use of each account in the next three months: forecast, 80 % interval, the naive one beside it.

Mean kWh a day of a month ÷ the account's level, from its last months, the same month a year before,
what its peers did then, and how the weather's normal differs from last year's. Weather ahead is not
known: the normals are the means of the months known so far.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.pipeline import Pipeline

from ml.card import Card
from ml.frames import typed
from ml.harness.columns import EmptyColumns

MODEL, NAIVE = "model", "seasonal_naive"
HORIZON = 3
FEATURES = ["ahead", "month_sin", "month_cos", "last_1", "last_3", "year_ago", "year_ago_3",
            "peers_year_ago", "peers_now", "group", "hdd_change", "cdd_change", "hdd", "cdd",
            "variation", "festival_change"]  # fmt: skip
COLUMNS = {
    "account_no": "text",
    "month": "date",
    "months_ahead": "integer",
    "forecast_kwh": "double",
    "low_kwh": "double",
    "high_kwh": "double",
    "naive_kwh": "double",
    "method": "text",
    "backtest_mase": "double",
    "backtest_months": "integer",
    "feature_month": "date",
}


@dataclass(frozen=True)
class AccountParams:
    """Settings, each with its reason."""

    backtest_origins: int = 3  # origins whose three months are known by now, and not learned from
    train_rows: int = 60_000  # more changed little
    min_train_rows: int = 500
    min_known: int = 6  # months of the last twelve, or there is no level
    min_days: int = 10  # usable days, or a month's mean is a guess
    seed: int = 20260101


@dataclass
class AccountForecast:
    """``table``: COLUMNS. ``backtest``: account_no, ahead, actual, model, naive, expected, low,
    high, method (kWh a day)."""

    table: pd.DataFrame
    backtest: pd.DataFrame
    card: Card


class _History:
    """Accounts x months of mean daily use, and months x (hdd, cdd) a day."""

    def __init__(self, use: pd.DataFrame, weather: pd.DataFrame, festivals, params):
        use = use[use["usable_days"] >= params.min_days]
        wide = use.pivot(index="account_no", columns="month", values="mean_daily_kwh")
        first, last = use["month"].min(), use["month"].max()
        self.months = pd.date_range(first, last, freq="MS")
        self.kwh = wide.reindex(columns=self.months).to_numpy(dtype=float)
        self.account_no = wide.index.to_numpy()
        group = use.drop_duplicates("account_no").set_index("account_no")["group"]
        self.group_names, self.group = np.unique(
            group.reindex(wide.index).astype(str).to_numpy(), return_inverse=True
        )
        ahead = pd.date_range(last, periods=HORIZON + 1, freq="MS")[1:]
        self.all_months = self.months.append(ahead)
        known = weather.set_index("month").reindex(self.months)[["hdd", "cdd"]]
        self.degrees = known.to_numpy(dtype=float)
        self.festival = np.isin(self.all_months, pd.DatetimeIndex(festivals)).astype(float)

    def normals(self, until: int, month: int) -> np.ndarray:
        """Mean degrees a day of the calendar month, of the months known at ``until``."""
        same = (self.months[: until + 1].month == month).nonzero()[0]
        part = self.degrees[same]
        return np.nanmean(part, axis=0) if np.isfinite(part).any() else np.full(2, np.nan)

    def rows(self, origin: int, ahead: int, params: AccountParams) -> pd.DataFrame:
        """FEATURES, row (of accounts), level, naive and actual of one origin and horizon."""
        kwh, target = self.kwh, origin + ahead
        year = kwh[:, max(origin - 11, 0) : origin + 1]
        level = _mean(year, params.min_known)
        level = np.where(level > 0, level, np.nan)

        def at(month: int) -> np.ndarray:
            inside = 0 <= month <= origin
            return kwh[:, month] if inside else np.full(len(kwh), np.nan)

        before = target - 12
        earlier = kwh[:, max(origin - 14, 0) : max(origin - 11, 0)]
        recent = _mean(kwh[:, max(origin - 2, 0) : origin + 1], 1)
        year_ago, now = at(before) / level, recent / level
        calendar = self.all_months[target].month
        normal = self.normals(origin, calendar)
        last_year = self.degrees[before] if before >= 0 else np.full(2, np.nan)
        actual = kwh[:, target] if target < kwh.shape[1] else np.full(len(kwh), np.nan)
        columns = {
            "ahead": ahead,
            "month_sin": np.sin(2 * np.pi * calendar / 12),
            "month_cos": np.cos(2 * np.pi * calendar / 12),
            "last_1": at(origin) / level,
            "last_3": now,
            "year_ago": year_ago,
            "year_ago_3": (_mean(earlier, 1) if earlier.shape[1] else np.nan * level) / level,
            "peers_year_ago": self._medians(year_ago),
            "peers_now": self._medians(now),
            "group": self.group.astype(float),
            "hdd_change": normal[0] - last_year[0],
            "cdd_change": normal[1] - last_year[1],
            "hdd": normal[0],
            "cdd": normal[1],
            "variation": np.sqrt(_mean((year - _mean(year, 1)[:, None]) ** 2, 1)) / level,
            "festival_change": self.festival[target] - self.festival[max(before, 0)],
            "row": np.arange(len(kwh)),
            "origin": origin,
            "level": level,
            "naive": np.where(np.isfinite(at(before)), at(before), at(origin)),
            "actual": actual,
        }
        table = pd.DataFrame(columns)
        return table[np.isfinite(table["level"]) & np.isfinite(table["naive"])]

    def _medians(self, values: np.ndarray) -> np.ndarray:
        medians = pd.Series(values).groupby(self.group).median()
        return medians.reindex(self.group).to_numpy()


def account_forecast(
    use: pd.DataFrame,
    weather: pd.DataFrame,
    festivals: list,
    until: pd.Timestamp,
    params: AccountParams | None = None,
) -> AccountForecast:
    """Three months after ``until`` (first day of the newest complete month).

    ``use``: account_no, month, mean_daily_kwh, usable_days, group (unique by account and month).
    ``weather``: month, hdd, cdd (a day). ``festivals``: months with the Spring Festival. An account
    whose model was no better than the naive forecast (same month last year, or else the last month)
    on its months held out gets the naive one. Raises ``ValueError`` for a month twice.
    """
    params = params or AccountParams()
    if use.duplicated(["account_no", "month"]).any():
        raise ValueError("an account has a month twice")
    use = use[(use["month"] <= until) & use["mean_daily_kwh"].notna()]
    history = _History(use, weather, festivals, params) if len(use) else None
    if history is None or history.months[-1] != until:
        return _nothing(until, params)
    last = len(history.months) - 1
    test = range(last - HORIZON - params.backtest_origins + 1, last - HORIZON + 1)
    train = [
        history.rows(origin, ahead, params)
        for origin in range(params.min_known - 1, test[0])
        for ahead in range(1, HORIZON + 1)
        if origin + ahead <= test[0]
    ]
    past = pd.concat(train) if train else pd.DataFrame(columns=["actual"])
    past = past[past["actual"].notna()]
    if len(past) < params.min_train_rows:
        return _nothing(until, params)
    rows = len(past)
    past = past.sample(min(rows, params.train_rows), random_state=params.seed)
    fitted = _fit(past, params)
    backtest = pd.concat([history.rows(o, a, params) for o in test for a in range(1, HORIZON + 1)])
    backtest = _predicted(backtest[backtest["actual"].notna()], fitted)
    ahead = _predicted(
        pd.concat([history.rows(last, a, params) for a in range(1, HORIZON + 1)]), fitted
    )
    error = _errors(backtest)
    better = error["mase"] < 1
    # Nothing held out says nothing against the model.
    for part in (backtest, ahead):
        uses_model = part["row"].map(better).fillna(True).astype(bool)
        part["method"] = np.where(uses_model, MODEL, NAIVE)
        part["expected"] = np.where(uses_model, part["model"], part["naive"])
    _intervals(backtest, ahead)
    table = _table(history, ahead, error, until)
    backtest = backtest.assign(account_no=history.account_no[backtest["row"]])
    return AccountForecast(table, backtest, _card(until, table, backtest, rows, params))


def _errors(backtest: pd.DataFrame) -> pd.DataFrame:
    """By row of the accounts: mase and months. ÷ the naive forecast's error on the same months;
    one without any error is not to be beaten."""
    errors = pd.DataFrame(
        {
            "row": backtest["row"],
            "ours": (backtest["actual"] - backtest["model"]).abs(),
            "theirs": (backtest["actual"] - backtest["naive"]).abs(),
        }
    ).groupby("row")
    mean = errors[["ours", "theirs"]].mean()
    mase = mean["ours"] / mean["theirs"].where(mean["theirs"] > 0, 1e-9)
    return pd.DataFrame({"mase": mase.clip(upper=1000), "months": errors.size()})


def _mean(values: np.ndarray, least: int) -> np.ndarray:
    known = np.isfinite(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0).sum(axis=1)
    return np.where(count >= least, total / np.maximum(count, 1), np.nan)


def _fit(past: pd.DataFrame, params: AccountParams) -> Pipeline:
    estimator = HistGradientBoostingRegressor(
        loss="absolute_error",
        learning_rate=0.1,
        max_iter=80,
        max_leaf_nodes=15,
        min_samples_leaf=60,
        early_stopping=False,
        random_state=params.seed,
    )
    pipeline = Pipeline([("columns", EmptyColumns()), ("model", estimator)])
    share = (past["actual"] / past["level"]).clip(upper=5)
    return pipeline.fit(past[FEATURES], share)


def _predicted(rows: pd.DataFrame, fitted: Pipeline) -> pd.DataFrame:
    share = np.maximum(fitted.predict(rows[FEATURES]), 0) if len(rows) else np.empty(0)
    return rows.assign(model=share * rows["level"]).reset_index(drop=True)


def _intervals(backtest: pd.DataFrame, ahead: pd.DataFrame) -> None:
    """Adds low and high: errors held out, by months ahead and how much an account varies.

    A held-out row takes the errors of the other origins, so that its coverage is measured.
    """
    scale_of = {id(part): part["level"] * part["variation"].clip(lower=0.05, upper=2)
                for part in (backtest, ahead)}  # fmt: skip
    edges = np.quantile(backtest["variation"].dropna(), [0.25, 0.5, 0.75])

    def bins(part: pd.DataFrame) -> np.ndarray:
        return np.digitize(part["variation"].fillna(0), edges)

    score = ((backtest["actual"] - backtest["expected"]) / scale_of[id(backtest)]).to_numpy()
    seen, origin = bins(backtest), backtest["origin"].to_numpy()
    step = backtest["ahead"].to_numpy()
    for part in (ahead, backtest):
        low, high = np.full(len(part), np.nan), np.full(len(part), np.nan)
        own, level, number = bins(part), scale_of[id(part)].to_numpy(), part["ahead"].to_numpy()
        held = part["origin"].to_numpy()
        for months in range(1, HORIZON + 1):
            for band in range(4):
                for at in np.unique(held):
                    rows = (number == months) & (own == band) & (held == at)
                    errors = score[(step == months) & (seen == band) & (origin != at)]
                    if not rows.any() or len(errors) < 20:
                        continue
                    down, up = np.quantile(errors, [0.1, 0.9])
                    low[rows] = part["expected"].to_numpy()[rows] + down * level[rows]
                    high[rows] = part["expected"].to_numpy()[rows] + up * level[rows]
        part["low"], part["high"] = np.maximum(low, 0), high


def _table(history: _History, ahead: pd.DataFrame, error, until) -> pd.DataFrame:
    month = history.all_months[ahead["origin"] + ahead["ahead"]]
    days = month.days_in_month.to_numpy()
    return typed(
        pd.DataFrame(
            {
                "account_no": history.account_no[ahead["row"]],
                "month": month,
                "months_ahead": ahead["ahead"],
                "forecast_kwh": ahead["expected"] * days,
                "low_kwh": ahead["low"] * days,
                "high_kwh": ahead["high"] * days,
                "naive_kwh": ahead["naive"] * days,
                "method": ahead["method"],
                "backtest_mase": ahead["row"].map(error["mase"]),
                "backtest_months": ahead["row"].map(error["months"]).fillna(0),
                "feature_month": until,
            }
        ).sort_values(["account_no", "month"]),
        COLUMNS,
    )


def covered(backtest: pd.DataFrame) -> pd.Series:
    """Whether each held-out month with an interval lies in it."""
    judged = backtest[backtest["high"].notna()]
    return (judged["actual"] >= judged["low"]) & (judged["actual"] <= judged["high"])


def _nothing(until, params: AccountParams) -> AccountForecast:
    empty = typed(pd.DataFrame(columns=list(COLUMNS)), COLUMNS)
    backtest = pd.DataFrame(columns=["account_no", "actual", "model", "naive", "low", "high"])
    return AccountForecast(empty, backtest, _card(until, empty, backtest, 0, params))


def _card(until, table, backtest, rows: int, params: AccountParams) -> Card:
    month = None if until is None or pd.isna(until) else pd.Timestamp(until).date()
    if table.empty:
        en = (
            f"No account forecast: fewer than {params.min_train_rows} months of accounts have a "
            "year behind them and three months after them."
        )
        zh = f"无户用电预测：前有一年、后有三个月数据的户月不足{params.min_train_rows}个。"
        return Card("account_forecast", None, month, 0, [], {"accounts": 0}, vars(params), en, zh)
    by_account = table.drop_duplicates("account_no")
    ours = (backtest["actual"] - backtest["expected"]).abs().sum()
    theirs = (backtest["actual"] - backtest["naive"]).abs().sum()
    metrics = {
        "accounts": len(by_account),
        "accounts_naive": int((by_account["method"] == NAIVE).sum()),
        "error_to_naive_error": round(float(ours / theirs), 3) if theirs > 0 else None,
        "backtest_coverage": round(float(covered(backtest).mean()), 3),
    }
    en = (
        f"{metrics['accounts']:,} accounts, three months ahead; {metrics['accounts_naive']:,} use "
        "the same month last year because their model was no better. Error in the months held out "
        f"÷ the naive error {metrics['error_to_naive_error']}; {metrics['backtest_coverage']} of "
        "the months lay in the 80 % interval. Weather ahead: normals of the months known so far."
    )
    zh = (
        f"{metrics['accounts']:,}户未来三个月预测，其中{metrics['accounts_naive']:,}户因模型不优于"
        f"上年同月而采用后者。回测误差为上年同月法的{metrics['error_to_naive_error']}倍；"
        f"80%区间实际覆盖{metrics['backtest_coverage']}。未来天气取已知月份的常年均值。"
    )
    start = (pd.Timestamp(month) - pd.DateOffset(months=23)).date()
    return Card("account_forecast", start, month, rows, FEATURES, metrics, vars(params), en, zh)
