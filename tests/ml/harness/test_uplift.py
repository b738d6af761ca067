"""Qini and gain by hand; learners find a planted effect that a response model gets wrong."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from ml.harness import uplift as u

# By effect: treated bought, held out did not, treated did not, held out bought.
OUTCOME, TREATED, EFFECT = [1, 0, 0, 1], [1, 0, 1, 0], [4, 3, 2, 1]


def test_the_curve_by_hand():
    points = u.curve(OUTCOME, TREATED, EFFECT)
    assert points["phi"].tolist() == [0, 0.25, 0.5, 0.75, 1]
    # After two rows 1/1 against 0/1; after three 1/2 against 0/1; after four 1/2 against 1/2.
    assert points["gain"].tolist() == pytest.approx([0, 0, 0.5, 0.375, 0])
    # Radcliffe: (1 − 0·1/1) / 2, (1 − 0·2/1) / 2, (1 − 1·2/2) / 2.
    assert points["qini"].tolist() == pytest.approx([0, 0, 0.5, 0.5, 0])


def test_the_areas_by_hand():
    assert u.auuc(OUTCOME, TREATED, EFFECT) == pytest.approx(0.25 * (0.25 + 0.4375 + 0.1875))
    assert u.qini_coefficient(OUTCOME, TREATED, EFFECT) == pytest.approx(0.25 * (0.25 + 0.5 + 0.25))
    assert u.effect_at(OUTCOME, TREATED, EFFECT, 0.5) == pytest.approx(1.0)


def test_one_score_for_all_is_a_random_order():
    flat = np.zeros(4)
    outcome = [1, 0, 1, 0]
    assert u.qini_coefficient(outcome, [1, 0, 1, 0], flat) == pytest.approx(0)
    assert u.auuc(outcome, [1, 0, 1, 0], flat) == pytest.approx(0.5)  # half of the effect 1


def test_rows_of_one_arm_claim_no_gain_and_both_arms_are_needed():
    points = u.curve([1, 1, 0], [1, 1, 0], [3, 2, 1])
    assert points["gain"].tolist() == pytest.approx([0, 0, 0, 1])
    with pytest.raises(ValueError, match="both arms"):
        u.curve([1, 0], [1, 1], [1, 2])
    with pytest.raises(ValueError, match=r"1 .treated. or 0"):
        u.curve([1, 0], [2, 1], [1, 2])


def trial(rows=4000, seed=0):
    """x0 buys anyway; x1 is won by contact, put off where it is negative."""
    generator = np.random.default_rng(seed)
    X = pd.DataFrame(generator.uniform(-1, 1, (rows, 2)), columns=["x0", "x1"])
    treated = generator.random(rows) < 0.3
    effect = 0.25 * X["x1"].to_numpy()
    chance = 0.4 + 0.3 * X["x0"].to_numpy() + effect * treated
    return X, (generator.random(rows) < chance).astype(int), treated.astype(int), effect


@pytest.mark.parametrize(
    "learner",
    [u.TLearner(LogisticRegression()), u.XLearner(LogisticRegression(), LinearRegression())],
    ids=["T", "X"],
)
def test_learners_rank_by_effect_and_find_who_is_put_off(learner):
    X, outcome, treated, _ = trial()
    test, test_outcome, test_treated, effect = trial(seed=1)
    found = learner.fit(X, outcome, treated).predict(test)
    assert np.corrcoef(found, effect)[0, 1] > 0.9
    assert (np.sign(found) == np.sign(effect)).mean() > 0.8
    response = LogisticRegression().fit(X, outcome).predict_proba(test)[:, 1]
    ours = u.qini_coefficient(test_outcome, test_treated, found)
    best = u.qini_coefficient(test_outcome, test_treated, effect)
    theirs = u.qini_coefficient(test_outcome, test_treated, response)
    assert ours > 0.8 * best > theirs + 0.01


def test_the_small_arm_of_an_x_learner_is_weighed_by_the_other():
    class Constant(LinearRegression):
        def predict(self, X):
            return np.full(len(X), self.value)

    learner = u.XLearner(LogisticRegression(), LinearRegression())
    X, outcome, treated, _ = trial(400)
    learner.fit(X, outcome, treated)
    learner.treated_effect_, learner.held_effect_ = Constant(), Constant()
    learner.treated_effect_.value, learner.held_effect_.value = 1.0, 0.0
    # Few were treated: what the many held-out rows' model says of the treated counts most.
    assert learner.predict(X)[0] == pytest.approx(1 - treated.mean())


def test_learners_refuse_a_trial_without_a_holdout():
    X, outcome, _, _ = trial(50)
    with pytest.raises(ValueError, match="both arms"):
        u.TLearner(LogisticRegression()).fit(X, outcome, np.ones(50))
