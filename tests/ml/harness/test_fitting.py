"""Preprocessing inside, the simple rival unless beaten, probabilities set right, files that
load."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import skops.io

from ml import model_store
from ml.harness import fitting as f
from ml.harness.intervals import Bootstrap
from ml.harness.measures import auc, calibration_error
from ml.harness.report import BASE_RATE, figures, in_words
from ml.harness.splits import rolling_origin

FEW = Bootstrap(draws=40)


def table(rows=3000, seed=0, kind="linear"):
    generator = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "use": np.exp(generator.normal(size=rows)),
            "trend": generator.normal(size=rows),
            "place": generator.choice(["rural", "urban", None], rows),
            "is_new": generator.random(rows) < 0.5,
            "not_yet": np.nan,
        }
    )
    X.loc[generator.random(rows) < 0.1, "trend"] = np.nan
    trend, use = X["trend"].fillna(0).to_numpy(), np.log(X["use"].to_numpy())
    logit = -1 + (1.5 * trend + use if kind == "linear" else 3.0 * np.sign(trend * use))
    logit = logit + 0.5 * (X["place"] == "rural").to_numpy()
    event = (generator.random(rows) < 1 / (1 + np.exp(-logit))).astype(int)
    months = pd.Series(
        pd.Timestamp("2025-01-01") + pd.to_timedelta(np.arange(rows) * 300 // rows, "D")
    )
    return X, event, months


@pytest.mark.parametrize("name", [f.SIMPLE, f.DEFAULT])
def test_a_pipeline_takes_raw_columns_unknown_levels_and_nulls_and_comes_back_from_its_file(name):
    X, event, _ = table()
    small = f.FitParams(iterations=10, isotonic_events=100)
    fitted = f.candidates(X, small)[name].fit(X[:2000], event[:2000])
    test = X[2000:].reset_index(drop=True)
    test.loc[0, "place"] = "island"
    score = fitted.predict_proba(test)[:, 1]
    assert auc(event[2000:], score) > 0.75
    isotonic = f.calibrated(fitted, X[2000:], event[2000:], small)
    sigmoid = f.calibrated(fitted, X[2000:], event[2000:])
    for model in (fitted, isotonic, sigmoid):
        data = model_store.dumps({"pipeline": model})
        again = model_store.loads(data)["pipeline"]
        np.testing.assert_array_equal(again.predict_proba(test), model.predict_proba(test))
        assert data == model_store.dumps({"pipeline": model})


def test_trusting_partial_trusts_no_function_in_it():
    data = skops.io.dumps({"pipeline": partial(print, "x")})
    with pytest.raises(model_store.ModelStoreError, match="Delete"):
        model_store.loads(data)


def test_a_date_is_no_feature():
    with pytest.raises(TypeError, match="month is datetime64"):
        f.candidates(pd.DataFrame({"month": pd.to_datetime(["2025-01-01"])}))


@pytest.mark.parametrize(("kind", "chosen"), [("linear", f.SIMPLE), ("crossed", f.DEFAULT)])
def test_boosting_is_chosen_only_where_it_wins(kind, chosen):
    X, event, months = table(kind=kind)
    splits = rolling_origin(months, horizon=1, origins=2)
    choice = f.choose(f.candidates(X, f.FitParams(iterations=50)), X, event, splits, bootstrap=FEW)
    assert choice.name == chosen
    assert len(choice.figures) == 4
    assert set(choice.scores["row"]) == set(splits[0].test) | set(splits[1].test)


def test_the_simple_rival_stays_where_the_other_is_only_lucky():
    lucky = []
    for seed in range(8):
        X, event, months = table(200, seed)
        rivals = {
            "first": f.candidates(X)[f.SIMPLE],
            "other": f.candidates(X, f.FitParams(logistic_c=0.5))[f.SIMPLE],
        }
        splits = rolling_origin(months, horizon=1, origins=1)
        choice = f.choose(rivals, X, event, splits, bootstrap=FEW)
        if choice.gain.value > 0 >= choice.gain.low:
            lucky.append(choice.name)
    assert lucky and set(lucky) == {"first"}


def test_a_later_slice_sets_probabilities_right():
    X, event, months = table(6000, kind="crossed")
    (split,) = rolling_origin(months, horizon=1, origins=1, calibrate_months=3)
    # Events became rarer after the model was fitted.
    rarer = event * (np.random.default_rng(1).random(len(event)) < 0.5)
    rarer[split.fit] = event[split.fit]
    fitted = f.candidates(X, f.FitParams(iterations=60))[f.DEFAULT].fit(
        X.iloc[split.fit], rarer[split.fit]
    )
    test, actual = X.iloc[split.test], rarer[split.test]
    for events in (10, 10_000):  # isotonic, sigmoid
        better = f.calibrated(
            fitted,
            X.iloc[split.calibrate],
            rarer[split.calibrate],
            f.FitParams(isotonic_events=events),
        )
        assert better.estimator.estimator is fitted
        before = calibration_error(actual, fitted.predict_proba(test)[:, 1])
        after = calibration_error(actual, better.predict_proba(test)[:, 1])
        assert after < 0.6 * before


def test_figures_stand_beside_the_rule_and_the_base_rate():
    event = np.array([1, 0, 1, 0, 0, 1, 0, 0])
    score = np.array([0.9, 0.2, 0.8, 0.1, 0.3, 0.4, 0.1, 0.2])
    rule = np.array([1, 1, 0, 0, 0, 1, 0, 0])
    found = figures(
        event,
        {"model": score},
        2,
        probabilities=("model",),
        rules={"before": lambda: rule},
        base=0.25,
        bootstrap=FEW,
    )
    by = found.set_index(["score", "measure"])["value"]
    assert by[("model", "precision_at_k")] == 1
    assert by[("before", "precision_at_k")] == pytest.approx(2 / 3)
    assert by[(BASE_RATE, "precision_at_k")] == pytest.approx(3 / 8)
    assert by[(BASE_RATE, "brier")] == pytest.approx((3 * 0.75**2 + 5 * 0.25**2) / 8)
    assert ("before", "log_loss") not in by.index  # a rule is no probability
    assert found["score"].drop_duplicates().tolist() == [BASE_RATE, "before", "model"]
    english, chinese = in_words(found, "model", "before")
    assert "precision at capacity 1.000" in english and "clerk's rule 0.667" in english
    assert "产能内命中率1.000" in chinese and "经验规则0.667" in chinese
    with pytest.raises(KeyError):
        in_words(found, "other", "before")


def test_regret_is_judged_by_true_probabilities_where_they_are_known():
    event, truth = np.array([0, 1, 0]), np.array([0.5, 0.4, 0.1])
    found = figures(event, {"model": truth}, 1, truth=truth, bootstrap=FEW)
    by = found.set_index(["score", "measure"])["value"]
    assert by[("model", "share_of_best")] == 1 and by[("model", "captured_share")] == 0
