"""A theft shows against the account's own past; weather and a cold month of everybody do not."""

import numpy as np
import pandas as pd
import pytest

from ml import anomaly_features as a

AT = pd.Timestamp("2025-12-31")


@pytest.fixture(scope="module")
def homes():
    generator = np.random.default_rng(0)
    day = pd.date_range(end=AT, periods=500)
    season = 1 + 0.5 * np.cos(np.arange(500) / 365 * 2 * np.pi)
    return pd.concat(
        pd.DataFrame(
            {
                "series": f"H{n:02}",
                "day": day,
                "kwh": (4 + n) * season * np.exp(generator.normal(0, 0.15, 500)),
            }
        )
        for n in range(20)
    ).reset_index(drop=True)


def changed(homes, name, change, days=60):
    rows = (homes["series"] == name) & (homes["day"] > AT - pd.Timedelta(days=days))
    return homes.assign(kwh=homes["kwh"].where(~rows, change(homes["kwh"])))


def test_a_fall_of_half_sixty_days_ago(homes):
    table = a.features(changed(homes, "H03", lambda kwh: 0.5 * kwh), AT)
    thief, others = table.loc["H03"], table.drop("H03")
    assert thief["residual_28"] == pytest.approx(0.5, abs=0.06)
    assert thief["lowest_28"] == pytest.approx(0.5, abs=0.08)
    assert thief["step"] < 3 * others["step"].min() and others["step"].abs().max() < 6
    assert thief["step_age_days"] == pytest.approx(60, abs=7)
    # 60 of the 90 days are halved: 1 − (30 + 60 / 2) / 90.
    assert thief["fall_since_year"] == pytest.approx(1 / 3, abs=0.1)
    assert a.clerks_rule(table).argmax() == table.index.get_loc("H03")
    assert others["residual_28"].between(0.85, 1.15).all()


def test_what_all_homes_do_is_no_anomaly(homes):
    rows = homes["day"] > AT - pd.Timedelta(days=60)
    cold = homes.assign(kwh=homes["kwh"] * np.where(rows, 1.8, 1))
    table = a.features(cold, AT)
    assert table["residual_28"].between(0.85, 1.15).all()
    assert table["step"].abs().max() < 6


def test_zero_days_repeats_and_a_mean_report(homes):
    zero = a.features(changed(homes, "H05", lambda kwh: 0 * kwh, days=30), AT)
    assert zero.loc["H05", "zero_share"] == pytest.approx(30 / 150)
    assert zero["zero_change"].drop("H05").eq(0).all()
    flat = a.features(changed(homes, "H07", lambda kwh: 11.0 + 0 * kwh), AT)
    assert flat.loc["H07", "repeat_share"] == 1
    assert flat.loc["H07", "jump_change"] < flat["jump_change"].drop("H07").min() - 0.5
    assert flat.loc["H07", "peers_change"] < flat["peers_change"].drop("H07").min()


def test_later_days_are_not_looked_at_and_short_pasts_are_left_out(homes):
    early = AT - pd.Timedelta(days=40)
    short = homes[(homes["series"] != "H01") | (homes["day"] > AT - pd.Timedelta(days=200))]
    table = a.features(short, early)
    assert "H01" not in table.index and len(table) == 19
    later = short["day"] > early
    again = a.features(short.assign(kwh=short["kwh"].where(~later, 0.0)), early)
    pd.testing.assert_frame_equal(table, again)
    with pytest.raises(ValueError, match="a day twice"):
        a.features(pd.concat([homes, homes.head(1)]), AT)


def test_unread_days_are_no_zeros(homes):
    table = a.features(
        homes[(homes["series"] != "H02") | (homes["day"] <= AT - pd.Timedelta(days=30))], AT
    )
    assert table.loc["H02", "unread_share"] == pytest.approx(0.2)
    assert table.loc["H02", "zero_share"] == 0
    assert np.isnan(table.loc["H02", "residual_28"])


def test_quantiles_are_those_of_the_known_days():
    values = np.random.default_rng(1).normal(size=(50, 31))
    values[np.random.default_rng(2).random(values.shape) < 0.4] = np.nan
    values[7, :] = np.nan
    for share in (0.1, 0.5):
        expected = pd.DataFrame(values.T).quantile(share).to_numpy()
        np.testing.assert_allclose(a._quantile(values, share), expected)
