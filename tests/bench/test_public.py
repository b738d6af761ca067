"""The report says beaten only when the whole interval is; injected thefts do what they say."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

# bench is no installed package.
sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.public.row import Row
from bench.public.theft import PATTERNS, inject, tampered
from ml.harness.intervals import Interval


@pytest.mark.parametrize(
    ("interval", "higher", "verdict"),
    [
        ((0.72, 0.71, 0.73), True, "beaten by 0.020"),
        ((0.72, 0.69, 0.75), True, "level (+0.020, within the interval)"),
        ((0.68, 0.66, 0.69), True, "missed by 0.020"),
        ((0.68, 0.66, 0.69), False, "beaten by 0.020"),
        ((0.72, 0.71, 0.73), False, "missed by 0.020"),
    ],
)
def test_the_verdict_is_about_the_interval(interval, higher, verdict):
    row = Row("d", "f", Interval(*interval), 0.70, "public", higher_is_better=higher)
    assert row.verdict() == verdict
    assert "| 0.700 (public) | " + verdict in row.line()


def test_a_figure_to_reproduce_is_compared_to_its_digits():
    mean = Interval(0.18276, 0.178, 0.187)
    assert Row("d", "f", mean, 0.1828, digits=4, exact=True).verdict() == "reproduced exactly"
    assert Row("d", "f", mean, 0.1827, digits=4, exact=True).verdict() == "NOT reproduced"


def test_patterns():
    kwh = np.random.default_rng(0).uniform(5, 15, 200)
    kwh[3] = np.nan
    made = {name: inject(kwh, 10.0, name, np.random.default_rng(1)) for name in PATTERNS}
    share = {name: series / kwh for name, series in made.items()}
    assert np.nanstd(share["scaled"]) == pytest.approx(0)
    for name in ("scaled", "scaled by day", "zero hours"):
        assert np.nanmax(share[name]) < 0.95 and np.nanmin(share[name]) > 0.05
    assert set(np.unique(share["zero days"][~np.isnan(kwh)])) == {0, 1}
    assert np.nanstd(made["mean"]) == 0 and np.nanmean(made["mean"]) == 10
    assert np.nanmin(made["random mean"]) >= 2 and np.nanmax(made["random mean"]) <= 8
    # A day that nobody read stays unread.
    assert all(np.isnan(made[name][3]) for name in ("mean", "random mean", "scaled"))


def test_only_the_chosen_homes_and_only_their_newest_days_are_changed():
    day = pd.date_range("2025-01-01", periods=300)
    daily = pd.concat(
        pd.DataFrame({"series": f"H{n:02}", "day": day, "kwh": 10.0 + np.arange(300) % 7})
        for n in range(40)
    )
    at = day[250]
    made, kinds = tampered(daily, at, 0.2, seed=3)
    assert len(kinds) == 8 and made["day"].max() == at
    was = daily[daily["day"] <= at].reset_index(drop=True)
    changed = made["kwh"] != was["kwh"]
    assert set(made.loc[changed, "series"]) == set(kinds.index)
    assert made.loc[changed, "day"].min() >= at - pd.Timedelta(days=150)
