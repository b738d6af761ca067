"""Which learner of the effect: judged on later quarters by its Qini, and the model so chosen."""

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.linear_model import LogisticRegression, Ridge

from ml import response_parts as parts
from ml.harness.intervals import Bootstrap, Interval, paired_difference
from ml.harness.splits import rolling_origin
from ml.harness.uplift import TLearner, XLearner, qini_coefficient
from ml.response import (
    OURS,
    History,
    ResponseModel,
    Rows,
    TooLittleToLearn,
    check,
    fit,
    rival_columns,
)
from ml.response_parts import ResponseParams

PROPENSITY = "propensity"  # ranks by the chance when contacted, whatever would come anyway
_QUARTERS = 3  # origins: as many as two years of touches allow, with half a year to learn from


def train(history: History, params: ResponseParams | None = None) -> ResponseModel:
    """The model of what is known, chosen on rolling origins. Raises ``TooLittleToLearn``."""
    params = params or ResponseParams()
    check(history, params)
    model = fit(history, params)
    scores = rolling(history, params)
    model.trained_to = pd.Timestamp(history.touches["feature_month"].max()).date()
    model.metrics["touches"] = len(history.touches)
    if scores is None:
        model.metrics["choice"] = "no earlier quarter has enough outcomes to choose by"
        return model
    model.metrics |= figures(scores)
    chosen = model.metrics["chosen"]
    if chosen != OURS:
        model.name, model.rival = chosen, fit_rivals(history, model, params)[chosen]
    return model


def fit_rivals(history: History, model: ResponseModel, params: ResponseParams) -> dict:
    """T- and X-learner on the touches of both arms, by name."""
    touches = history.touches
    Z = model.design.matrix(touches)
    score = parts.refusal_score(model.refusal, Z)
    everybody = touches.assign(is_treated=True)
    rows = Rows.of(everybody, Z, model.design, model.base, model.effect, params, score)
    treated = touches["is_treated"].to_numpy(dtype=bool)[rows.at]
    enrolled = touches["is_enrolled"].to_numpy(dtype=int)[rows.at]
    X = rival_columns(rows.base_logit, rows.X)
    outcome = LogisticRegression(C=0.05, max_iter=500)
    return {
        "T-learner": TLearner(outcome).fit(X, enrolled, treated),
        "X-learner": XLearner(outcome, Ridge(alpha=100.0)).fit(X, enrolled, treated),
    }


def touch_scores(model: ResponseModel, rivals: dict, touches: pd.DataFrame) -> pd.DataFrame:
    """What each rival says of touches, a column a rival, and p_without_contact; NaN if unknown."""
    Z = model.design.matrix(touches)
    score = parts.refusal_score(model.refusal, Z)
    everybody = touches.assign(is_treated=True)
    rows = Rows.of(everybody, Z, model.design, model.base, model.effect, ResponseParams(), score)
    out = pd.DataFrame(np.nan, index=touches.index, columns=["p_without_contact", OURS, PROPENSITY])
    logit = rows.base_logit + model.effect.beta[0]
    change = rows.X[:, 1:] @ model.effect.beta[1:]
    out.iloc[rows.at, 0] = expit(logit)
    out.iloc[rows.at, 1] = expit(logit + change) - expit(logit)
    out.iloc[rows.at, 2] = expit(logit + change)
    for name, rival in rivals.items():
        effect = np.full(len(touches), np.nan)
        effect[rows.at] = rival.predict(rival_columns(rows.base_logit, rows.X))
        out[name] = effect
    return out


def rolling(history: History, params: ResponseParams) -> pd.DataFrame | None:
    """Scores of later quarters by models of what was known at their start; None without any."""
    quarter = pd.to_datetime(history.touches["feature_month"])
    quarter = quarter - pd.to_timedelta(quarter.dt.day - 1, unit="D")
    first = quarter.dt.to_period("Q").dt.start_time
    try:
        # A row of the quarter's last month is known when its window is over: two months later, and
        # the window starts within the month that follows.
        splits = rolling_origin(first, 5, _QUARTERS, min_fit_months=1)
    except ValueError:
        return None
    found = []
    for split in splits:
        past = history.until((pd.Timestamp(split.origin) - pd.DateOffset(months=1)).date(), 3)
        try:
            check(past, params)
        except TooLittleToLearn:
            continue
        model = fit(past, params)
        rivals = fit_rivals(past, model, params)
        rows = history.touches.iloc[split.test]
        scores = touch_scores(model, rivals, rows)
        kept = ["account_no", "product_code", "channel", "is_treated", "is_enrolled"]
        found.append(rows[kept].assign(origin=split.origin).join(scores))
    return pd.concat(found, ignore_index=True).dropna() if found else None


def figures(scores: pd.DataFrame, bootstrap: Bootstrap | None = None) -> dict:
    """Qini of each rival and the choice among them, on all test rows together."""
    bootstrap = bootstrap or Bootstrap(draws=200)
    outcome = scores["is_enrolled"].to_numpy(dtype=float)
    arm = scores["is_treated"].to_numpy(dtype=float)
    pair = np.column_stack([outcome, arm])
    account = scores["account_no"].to_numpy()

    def qini(both, effect, weight=None) -> float:
        return qini_coefficient(both[:, 0], both[:, 1], effect, weight)

    def of(name: str):
        effect = scores[name].to_numpy()
        return lambda weight: qini(pair, effect, weight)

    names = [n for n in (OURS, PROPENSITY, "T-learner", "X-learner") if n in scores]
    out, gains = {"test_touches": len(scores), "test_events": int(outcome.sum())}, {}
    if not arm.any() or arm.all():
        return out | {"chosen": OURS, "qini": {}}
    found: dict[str, Interval] = {
        name: bootstrap.interval(of(name), len(pair), account) for name in names
    }
    for name in names[2:]:
        gains[name] = paired_difference(
            qini, pair, scores[name].to_numpy(), scores[OURS].to_numpy(), bootstrap, account
        )
    better = [name for name, gain in gains.items() if gain.low > 0]
    chosen = max(better, key=lambda name: gains[name].value, default=OURS)
    return out | {
        "qini": {name: [round(v, 6) for v in interval] for name, interval in found.items()},
        "gain_over_odds": {n: [round(v, 6) for v in gain] for n, gain in gains.items()},
        "chosen": chosen,
    }
