"""Features know only the past; forecasts beat last week where there is something to know; intervals
hold what they say."""

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from ml import forecast as f

START = pd.Timestamp("2024-01-01")  # a Monday


def world(series=6, days=400, seed=0, noise=0.1):
    """Homes with a weekly rhythm and heating; colder in the middle of the winter."""
    generator = np.random.default_rng(seed)
    day = pd.date_range(START, periods=days)
    t = 12 + 8 * np.sin(np.arange(days) / 365 * 2 * np.pi - 1.5) + generator.normal(0, 3, days)
    calendar = pd.DataFrame({"day": day, "is_day_off": day.day_of_week >= 5, "t_mean": t})
    parts = []
    for number in range(series):
        base = 5 + 3 * number
        kwh = base * (1 + 0.3 * (day.day_of_week >= 5) + 0.06 * np.maximum(15.5 - t, 0))
        kwh = kwh * np.exp(generator.normal(0, noise, days))
        parts.append(pd.DataFrame({"series": f"H{number}", "day": day, "kwh": kwh}))
    return pd.concat(parts, ignore_index=True), calendar


def test_lags_level_and_naive_by_hand():
    day = pd.date_range(START, periods=42)
    daily = pd.DataFrame({"series": "A", "day": day, "kwh": np.arange(42.0)})
    calendar = pd.DataFrame({"day": day, "is_day_off": day == day[37], "t_mean": 10.5})
    table = f.feature_table(daily, calendar, day[[34]]).set_index("ahead")
    assert table.index.tolist() == [1, 2, 3, 4, 5, 6, 7]
    level = np.arange(7, 35).mean()
    assert table["level"].tolist() == [level] * 7
    assert table.loc[3, ["lag_7", "lag_28"]].tolist() == pytest.approx([30 / level, 9 / level])
    assert table.loc[3, "kwh"] == 37 and table.loc[3, "day"] == day[37]
    assert table["naive"].tolist() == pytest.approx([28, 29, 30, 31, 32, 33, 34])
    assert table["is_day_off"].tolist() == [0, 0, 1, 0, 0, 0, 0]
    assert table["scale"].tolist() == [7] * 7
    assert table["heat"].tolist() == [5] * 7


def test_weather_that_is_not_known_ahead_is_that_of_the_last_three_days():
    daily, calendar = world(1, 60)
    calendar["t_mean"] = np.where(calendar.index <= 50, np.arange(60) * 0.1, -99)
    origin = pd.DatetimeIndex([START + pd.Timedelta(days=50)])
    blind = f.feature_table(daily, calendar, origin, f.ForecastParams(weather_ahead=False))
    assert blind["heat"].to_numpy() == pytest.approx([15.5 - 4.9] * 7)
    assert f.feature_table(daily, calendar, origin)["heat"].to_numpy() == pytest.approx([114.5] * 7)


def test_nothing_after_the_origin_is_in_a_feature():
    daily, calendar = world(2, 120)
    origin = START + pd.Timedelta(days=100)
    later = daily["day"] > origin
    changed = daily.assign(kwh=daily["kwh"].where(~later, 999.0))
    before, after = (
        f.feature_table(d, calendar, pd.DatetimeIndex([origin])) for d in (daily, changed)
    )
    known = [*f.KEYS, *f.FEATURES, "level", "scale", "naive"]
    pd.testing.assert_frame_equal(before[known], after[known])
    assert (after["kwh"] == 999).all()


def test_a_series_without_a_level_has_no_row_and_a_gap_falls_back_on_the_level():
    daily, calendar = world(2, 60)
    origin = pd.DatetimeIndex([START + pd.Timedelta(days=50)])
    short = daily[(daily["series"] == "H0") | (daily["day"] > origin[0] - pd.Timedelta(days=15))]
    assert set(f.feature_table(short, calendar, origin)["series"]) == {"H0"}
    gap = daily[~((daily["series"] == "H1") & (daily["day"] == origin[0] - pd.Timedelta(days=4)))]
    row = f.feature_table(gap, calendar, origin).query("series == 'H1' and ahead == 3").iloc[0]
    assert np.isnan(row["lag_7"]) and row["naive"] == row["level"]
    with pytest.raises(ValueError, match="a day twice"):
        f.feature_table(pd.concat([daily, daily.head(1)]), calendar, origin)


@pytest.mark.parametrize("kind", ["ridge", "boosting"])
def test_both_models_beat_last_week_and_intervals_hold_four_fifths(kind):
    daily, calendar = world(series=12)
    origins = pd.date_range(
        START + pd.Timedelta(days=60), START + pd.Timedelta(days=390), freq="3D"
    )
    table = f.feature_table(daily, calendar, origins)
    table = table[table["kwh"].notna()].reset_index(drop=True)
    cut = START + pd.Timedelta(days=260)
    with threadpool_limits(1):
        fitted = f.fit(table[table["day"] <= cut], kind)
        later = table[table["origin"] >= cut].reset_index(drop=True)
        expected = f.predict(fitted, later)
    scale = f.naive_error(daily, cut)
    ours = f.mase(later["kwh"], expected, later["series"], scale).mean()
    naive = f.mase(later["kwh"], later["naive"], later["series"], scale).mean()
    assert ours < 0.85 * naive
    band = f.intervals(later, expected, weeks=6)
    test = later["origin"] >= cut + pd.Timedelta(days=45)
    inside = (later["kwh"] >= band["low"]) & (later["kwh"] <= band["high"])
    assert 0.74 <= inside[test].mean() <= 0.87
    assert band[later["origin"] < cut + pd.Timedelta(days=7)].isna().any(axis=None)


def test_an_interval_uses_only_errors_known_at_its_origin():
    daily, calendar = world(4, 200)
    origins = pd.date_range(
        START + pd.Timedelta(days=60), START + pd.Timedelta(days=180), freq="7D"
    )
    table = f.feature_table(daily, calendar, origins)
    band = f.intervals(table, table["naive"].to_numpy())
    at = origins[8]
    changed = table.assign(kwh=table["kwh"].where(table["day"] <= at, 1e6))
    again = f.intervals(changed, table["naive"].to_numpy())
    upto = table["origin"] <= at
    pd.testing.assert_frame_equal(band[upto], again[upto])
    assert not band[~upto].equals(again[~upto])


def test_mase_by_hand():
    day = pd.date_range(START, periods=14)
    daily = pd.DataFrame({"series": "A", "day": day, "kwh": [1.0] * 7 + [3.0] * 7})
    scale = f.naive_error(daily, day[-1])
    assert scale.to_dict() == {"A": 2}
    found = f.mase(np.array([5, 6, 1]), np.array([4, 9, 1]), np.array(["A", "A", "B"]), scale)
    assert found.to_dict() == {"A": 1.0}  # (1 + 3) / 2 ÷ 2; B has no scale


def test_another_kind_is_refused():
    with pytest.raises(ValueError, match="neither"):
        f.model("oracle")
