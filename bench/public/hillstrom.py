"""Hillstrom's e-mail trial: means of the arms exactly, and whom the mail brings to the shop."""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench.public import data
from bench.public.row import Row
from ml.harness import uplift
from ml.harness.intervals import Bootstrap, paired_difference

SEED = 20260101
ARMS = {"Mens E-Mail": ("men's", 0.1828), "Womens E-Mail": ("women's", 0.1514)}
HELD = ("No E-Mail", 0.1062)


def features(table: pd.DataFrame) -> pd.DataFrame:
    """Numbers only: levels as indicators, history as a logarithm too."""
    found = pd.get_dummies(table[["zip_code", "channel"]], dtype=float)
    for name in ("recency", "history", "mens", "womens", "newbie"):
        found[name] = table[name].astype(float)
    return found.assign(log_history=np.log(table["history"]), both=table["mens"] * table["womens"])


def learners() -> dict:
    """A simple and a tree-based model of each learner, unfitted; a visit is 1 or 0."""
    # Probabilities: a mail moves those near the door more than those far away, on its own.
    logistic = make_pipeline(StandardScaler(), LogisticRegression(C=0.01))
    trees = HistGradientBoostingRegressor(
        max_iter=60, learning_rate=0.05, max_leaf_nodes=6, min_samples_leaf=300,
        early_stopping=False, random_state=SEED,
    )  # fmt: skip
    return {
        "T-learner, logistic": uplift.TLearner(logistic),
        "X-learner, boosting": uplift.XLearner(trees, trees),
    }


def hillstrom(folder: Path, bootstrap: Bootstrap, sample: int | None = None) -> list[Row]:
    """Arm means; Qini by arm on a random half that no model has seen. ``sample``: every
    so-manieth."""
    table = data.hillstrom(folder)
    rows = []
    for arm, (name, published) in [*ARMS.items(), (HELD[0], ("control", HELD[1]))]:
        visit = table.loc[table["segment"] == arm, "visit"].to_numpy(dtype=float)
        mean = bootstrap.interval(lambda w, v=visit: float((w * v).sum() / w.sum()), len(visit))
        figure = f"visit rate, {name}"
        rows.append(Row("Hillstrom", figure, mean, published, "published", digits=4, exact=True))
    table = table.iloc[::sample].reset_index(drop=True)
    X = features(table)
    for arm, (name, _) in ARMS.items():
        rows += _qini(table, X, arm, name, bootstrap)
    return rows


def _qini(table, X, arm, name, bootstrap) -> list[Row]:
    both = np.flatnonzero(table["segment"].isin([arm, HELD[0]]))
    treated = (table["segment"] == arm).to_numpy(dtype=int)
    visit = table["visit"].to_numpy()
    learn, test = train_test_split(both, test_size=0.5, random_state=SEED, stratify=treated[both])
    part = (visit[test], treated[test])

    def qini(outcome, score, weight=None):
        return uplift.qini_coefficient(outcome, part[1], score, weight)

    # What a response model would send to: who visits anyway.
    response = make_pipeline(StandardScaler(), LogisticRegression(C=0.01)).fit(
        X.iloc[learn][treated[learn] == 1], visit[learn][treated[learn] == 1]
    )
    by_response = response.predict_proba(X.iloc[test])[:, 1]
    effect = visit[test][part[1] == 1].mean() - visit[test][part[1] == 0].mean()
    rows = []
    for kind, learner in learners().items():
        score = learner.fit(X.iloc[learn], visit[learn], treated[learn]).predict(X.iloc[test])
        gain = paired_difference(qini, part[0], score, by_response, bootstrap, strata=part[1])
        top = uplift.effect_at(*part, score, 0.3)
        rows.append(
            Row(
                "Hillstrom",
                f"Qini of {name} mail, visits, {kind}",
                bootstrap.interval(
                    lambda w, s=score: qini(part[0], s, w), len(test), strata=part[1]
                ),
                0.0,
                "random order",
                f"over a response model {gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]; "
                f"effect {top:.3f} among the first 30 %, {effect:.3f} among all; "
                f"AUUC {uplift.auuc(*part, score):.4f}",
                digits=4,
            )
        )
    return rows
