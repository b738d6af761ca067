"""What contact changes: learners of the effect per row, and figures that need a random holdout.

Conventions. Rows are ranked by predicted effect, high first; φ is the share of rows contacted,
equal scores together. ``gain`` G(φ) = φ · (mean outcome of treated − mean outcome of held out,
among the first φ): outcomes won per row of the whole list (Gutierrez & Gérardy 2016). ``qini``
Q(φ) = (outcomes of treated − outcomes of held out · treated/held out, among the first φ) / all
treated (Radcliffe 2007). AUUC is the area under G, the Qini coefficient the area between Q and its
straight line from 0 to Q(1); neither is divided by a best possible area, which nobody knows
outside a simulator.
"""

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone


def curve(outcome, treated, effect, weight=None) -> pd.DataFrame:
    """Columns phi, gain and qini (module docstring), one row per distinct effect after a row of
    zeros.

    ``outcome``: 1/0 or an amount; ``treated``: 1/0; ``effect``: predicted effect (all 1-d). Raises
    ``ValueError`` without rows of both arms.
    """
    phi, gain, qini = _points(outcome, treated, effect, weight)
    return pd.DataFrame({"phi": phi, "gain": gain, "qini": qini})


def _points(outcome, treated, effect, weight) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The columns of ``curve`` as arrays."""
    outcome, treated, effect = (np.asarray(a, dtype=float) for a in (outcome, treated, effect))
    weight = np.ones(len(outcome)) if weight is None else np.asarray(weight, dtype=float)
    if not len(outcome) == len(treated) == len(effect) == len(weight):
        raise ValueError("outcome, arm, effect and weight need one value a row")
    if not set(np.unique(treated)) <= {0.0, 1.0}:
        raise ValueError("the arm is 1 (treated) or 0 (held out)")
    values, group = np.unique(-effect, return_inverse=True)

    def cumulated(what: np.ndarray) -> np.ndarray:
        return np.cumsum(np.bincount(group, weight * what, len(values)))

    treated_rows, held_rows = cumulated(treated), cumulated(1 - treated)
    if not treated_rows[-1] or not held_rows[-1]:
        raise ValueError("an effect needs rows of both arms")
    treated_sum, held_sum = cumulated(treated * outcome), cumulated((1 - treated) * outcome)
    phi = (treated_rows + held_rows) / (treated_rows[-1] + held_rows[-1])
    # The first rows may all be of one arm: no comparison yet, no gain claimed.
    both = (treated_rows > 0) & (held_rows > 0)
    treated_mean = treated_sum / np.where(both, treated_rows, 1)
    held_mean = held_sum / np.where(both, held_rows, 1)
    difference = np.where(both, treated_mean - held_mean, 0)
    gain, qini = phi * difference, difference * treated_rows / treated_rows[-1]
    return tuple(np.concatenate([[0.0], column]) for column in (phi, gain, qini))


def auuc(outcome, treated, effect, weight=None) -> float:
    """Area under the gain curve, in outcomes per row (half of the mean effect for a random
    order)."""
    phi, gain, _ = _points(outcome, treated, effect, weight)
    return float(np.trapezoid(gain, phi))


def qini_coefficient(outcome, treated, effect, weight=None) -> float:
    """Area between the Qini curve and the straight line to its end; 0 for a random order."""
    phi, _, qini = _points(outcome, treated, effect, weight)
    return float(np.trapezoid(qini, phi) - qini[-1] / 2)


def effect_at(outcome, treated, effect, share: float, weight=None) -> float:
    """Mean outcome of treated − held out among the first ``share`` of rows (0–1, ties together)."""
    phi, gain, _ = _points(outcome, treated, effect, weight)
    return float(np.interp(share, phi, gain) / share)


class _Learner(BaseEstimator):
    """What both learners share: arms checked, outcomes predicted as probability or amount."""

    def _check(self, X, outcome, treated) -> tuple[np.ndarray, np.ndarray]:
        outcome, treated = np.asarray(outcome), np.asarray(treated).astype(bool)
        if not len(X) == len(outcome) == len(treated):
            raise ValueError("features, outcome and arm need one value a row")
        if treated.all() or not treated.any():
            raise ValueError("an effect can be learned from rows of both arms only")
        return outcome, treated


class TLearner(_Learner):
    """Two models, one an arm; the effect is the difference of their predictions."""

    def __init__(self, outcome_model: BaseEstimator):
        """``outcome_model``: an unfitted classifier of a 0/1 outcome, or a regressor."""
        self.outcome_model = outcome_model

    def fit(self, X: pd.DataFrame, outcome, treated) -> "TLearner":
        """Learn from rows × features, outcomes and arms (1 treated, 0 held out)."""
        outcome, treated = self._check(X, outcome, treated)
        self.treated_model_ = clone(self.outcome_model).fit(X[treated], outcome[treated])
        self.held_model_ = clone(self.outcome_model).fit(X[~treated], outcome[~treated])
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Predicted effect of treating each row, in units of the outcome."""
        return predicted(self.treated_model_, X) - predicted(self.held_model_, X)


class XLearner(_Learner):
    """Künzel et al. 2019: each arm's rows get the effect that the other arm's model implies, two
    regressors learn those, and the propensity (share treated, as in a random trial) weighs them."""

    def __init__(self, outcome_model: BaseEstimator, effect_model: BaseEstimator):
        """``outcome_model`` as in ``TLearner``; ``effect_model``: an unfitted regressor."""
        self.outcome_model = outcome_model
        self.effect_model = effect_model

    def fit(self, X: pd.DataFrame, outcome, treated) -> "XLearner":
        """Learn from rows × features, outcomes and arms (1 treated, 0 held out)."""
        outcome, treated = self._check(X, outcome, treated)
        outcome = outcome.astype(float)
        base = TLearner(self.outcome_model).fit(X, outcome, treated)
        of_treated = outcome[treated] - predicted(base.held_model_, X[treated])
        of_held = predicted(base.treated_model_, X[~treated]) - outcome[~treated]
        self.treated_effect_ = clone(self.effect_model).fit(X[treated], of_treated)
        self.held_effect_ = clone(self.effect_model).fit(X[~treated], of_held)
        self.propensity_ = float(treated.mean())
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Predicted effect of treating each row, in units of the outcome."""
        share = self.propensity_
        return share * self.held_effect_.predict(X) + (1 - share) * self.treated_effect_.predict(X)


def predicted(model: BaseEstimator, X: pd.DataFrame) -> np.ndarray:
    """Probability of class 1 of a classifier (0 if it never saw one), or a regressor's
    prediction."""
    if not hasattr(model, "predict_proba"):
        return model.predict(X)
    column = np.flatnonzero(np.asarray(model.classes_) == 1)
    return model.predict_proba(X)[:, column[0]] if len(column) else np.zeros(len(X))
