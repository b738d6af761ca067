"""Forecasts of accounts by month and of feeders by day: what is planted, and when naive is used."""

import numpy as np
import pandas as pd
import pytest

from ml.account_forecast import account_forecast
from ml.account_forecast import covered as months_covered
from ml.grid_forecast import grid_forecast

MONTHS = pd.date_range("2024-06-01", "2026-05-01", freq="MS")
UNTIL = MONTHS[-1]


def months_of(accounts: int = 200, growth: float = 0.015):
    """Accounts whose use grows month by month on top of a season; and one that never changes."""
    generator = np.random.default_rng(3)
    level = np.exp(generator.normal(2, 0.4, accounts))[:, None]
    t = np.arange(len(MONTHS))
    season = 1 + 0.3 * np.cos(2 * np.pi * MONTHS.month.to_numpy() / 12)
    kwh = level * season * (1 + growth) ** t * np.exp(generator.normal(0, 0.05, (accounts, len(t))))
    kwh[0] = 5.0
    return pd.DataFrame(
        {
            "account_no": np.repeat([f"A{i:03d}" for i in range(accounts)], len(t)),
            "month": np.tile(MONTHS, accounts),
            "mean_daily_kwh": kwh.reshape(-1),
            "usable_days": 30,
            "group": "residential/",
        }
    )


WEATHER = pd.DataFrame(
    {"month": MONTHS, "hdd": np.maximum(8 * np.cos(2 * np.pi * MONTHS.month / 12), 0), "cdd": 0.0}
)


@pytest.fixture(scope="module")
def result():
    return account_forecast(months_of(), WEATHER, [], UNTIL)


def test_growth_is_carried_on_where_the_same_month_last_year_lags(result):
    table = result.table[result.table["account_no"] != "A000"]
    assert (table["forecast_kwh"] / table["naive_kwh"]).median() == pytest.approx(
        1.015**12, abs=0.07
    )
    assert (table["method"] == "model").mean() > 0.85


def test_three_months_follow_the_newest(result):
    first = result.table[result.table["account_no"] == "A001"]
    assert [str(m) for m in first["month"]] == ["2026-06-01", "2026-07-01", "2026-08-01"]
    assert list(first["months_ahead"]) == [1, 2, 3]


def test_who_never_changes_gets_the_naive_forecast(result):
    steady = result.table[result.table["account_no"] == "A000"]
    assert set(steady["method"]) == {"seasonal_naive"}
    assert steady["forecast_kwh"].to_numpy() == pytest.approx(steady["naive_kwh"].to_numpy())


def test_intervals_hold_four_in_five_of_months_held_out(result):
    assert months_covered(result.backtest).mean() == pytest.approx(0.8, abs=0.1)
    assert (result.table["low_kwh"] <= result.table["forecast_kwh"]).all()


def test_months_after_the_newest_change_nothing(result):
    later = months_of()
    extra = later[later["month"] == UNTIL].assign(
        month=UNTIL + pd.DateOffset(months=1), mean_daily_kwh=1e6
    )
    again = account_forecast(pd.concat([later, extra]), WEATHER, [], UNTIL)
    pd.testing.assert_frame_equal(result.table, again.table)


def test_a_short_history_gives_no_forecast_and_says_so():
    use = months_of()
    short = account_forecast(use[use["month"] >= "2025-12-01"], WEATHER, [], UNTIL)
    assert short.table.empty
    assert "No account forecast" in short.card.text_en
    with pytest.raises(ValueError, match="twice"):
        account_forecast(pd.concat([use, use.head(1)]), WEATHER, [], UNTIL)


DAYS = pd.date_range("2025-01-01", "2026-06-28")
OFF = DAYS.append(pd.date_range(DAYS[-1], periods=8)[1:])
CALENDAR = pd.DataFrame({"day": OFF, "is_day_off": OFF.day_of_week >= 5, "t_mean": 15.0})


def days_of(kwh: np.ndarray, series: str = "feeder:F1") -> pd.DataFrame:
    return pd.DataFrame({"series": series, "day": DAYS, "kwh": kwh})


def test_a_feeder_with_a_slow_swell_is_better_forecast_than_by_last_week():
    generator = np.random.default_rng(4)
    noise = np.exp(generator.normal(0, 0.15, len(DAYS)))
    kwh = 100 * np.where(DAYS.day_of_week >= 5, 0.7, 1) * noise
    result = grid_forecast(days_of(kwh), CALENDAR)
    table = result.table
    assert list(table["days_ahead"]) == list(range(1, 8))
    assert set(table["method"]) == {"model"}
    # Of pure noise the mean of weeks errs less than one week.
    assert table["backtest_mase"].iloc[0] < 0.85 * table["backtest_naive_mase"].iloc[0]
    weekend = pd.to_datetime(table["day"]).dt.day_of_week >= 5
    assert table["forecast_kwh"][weekend].mean() < 0.85 * table["forecast_kwh"][~weekend].mean()


def test_a_feeder_that_repeats_itself_gets_last_week():
    kwh = 100.0 + 10 * DAYS.day_of_week.to_numpy() + np.where(np.arange(len(DAYS)) < 99, 5, 0)
    table = grid_forecast(days_of(kwh), CALENDAR).table
    assert set(table["method"]) == {"seasonal_naive"}
    assert table["forecast_kwh"].to_numpy() == pytest.approx(table["naive_kwh"].to_numpy())


def test_no_days_and_few_days_give_no_grid_forecast():
    few = days_of(np.ones(len(DAYS))).tail(10)
    for daily in (few, few.head(0)):
        result = grid_forecast(daily, CALENDAR)
        assert result.table.empty
        assert "No grid forecast" in result.card.text_en
