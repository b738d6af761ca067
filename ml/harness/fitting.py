"""Fitting a classifier of an event: candidates, choice by the harness, calibration.

Preprocessing is inside the fitted pipeline, so scoring needs nothing but the pipeline and its raw
columns. The choice is made on rolling origins; the simple rival stays unless it is beaten beyond
chance.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, QuantileTransformer

from ml.harness.columns import EmptyColumns
from ml.harness.intervals import Bootstrap, Interval, paired_difference
from ml.harness.measures import auc
from ml.harness.splits import Split

SIMPLE, DEFAULT = "logistic", "boosting"


@dataclass(frozen=True)
class FitParams:
    """Settings, each with its reason."""

    seed: int = 20260101
    # Shallow and slow: churn-like events are few and features noisy.
    learning_rate: float = 0.05
    iterations: int = 150
    leaves: int = 8
    min_leaf_rows: int = 50
    l2: float = 5.0
    logistic_c: float = 0.1
    rare_level_rows: int = 20  # rarer levels are one: no coefficient can be learned from them
    max_levels: int = 200  # boosting takes 255 at most
    isotonic_events: int = 500  # below it a sigmoid: isotonic steps would follow single events
    overrides: dict = field(default_factory=dict)  # of the boosting's own parameters


def candidates(table: pd.DataFrame, params: FitParams | None = None) -> dict[str, Pipeline]:
    """Unfitted pipelines by name, simplest first, for the columns of ``table`` (features only).

    Numbers and booleans are numbers, text and categories are levels; nulls are told apart from
    zeros in both. Raises ``TypeError`` for a date: when is no feature, how long ago is one.
    """
    params = params or FitParams()
    numbers = [c for c in table.columns if pd.api.types.is_numeric_dtype(table[c])]
    levels = [c for c in table.columns if c not in numbers]
    for name in levels:
        if not (
            pd.api.types.is_string_dtype(table[name])
            or pd.api.types.is_object_dtype(table[name])
            or isinstance(table[name].dtype, pd.CategoricalDtype)
        ):
            raise TypeError(f"{name} is {table[name].dtype}: give a number or a level")
    simple = ColumnTransformer(
        [
            # Ranks, because energy and money span decades and have wild ends.
            (
                "numbers",
                make_pipeline(
                    SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
                    QuantileTransformer(
                        n_quantiles=100, output_distribution="normal", random_state=params.seed
                    ),
                ),
                numbers,
            ),
            (
                "levels",
                OneHotEncoder(
                    handle_unknown="infrequent_if_exist", min_frequency=params.rare_level_rows
                ),
                levels,
            ),
        ]
    )
    trees = ColumnTransformer(
        [
            ("numbers", EmptyColumns(), numbers),
            (
                "levels",
                OrdinalEncoder(
                    handle_unknown="use_encoded_value",
                    unknown_value=np.nan,
                    encoded_missing_value=np.nan,
                    max_categories=params.max_levels,
                ),
                levels,
            ),
        ]
    )
    settings = {
        "learning_rate": params.learning_rate,
        "max_iter": params.iterations,
        "max_leaf_nodes": params.leaves,
        "min_samples_leaf": params.min_leaf_rows,
        "l2_regularization": params.l2,
        # Stated, or the default would stop early on a random tenth in place of a later one.
        "early_stopping": False,
        "categorical_features": list(range(len(numbers), len(table.columns))) or None,
        "random_state": params.seed,
    } | params.overrides
    return {
        SIMPLE: Pipeline(
            [
                ("columns", simple),
                ("model", LogisticRegression(C=params.logistic_c, max_iter=1000)),
            ]
        ),
        DEFAULT: Pipeline(
            [("columns", trees), ("model", HistGradientBoostingClassifier(**settings))]
        ),
    }


def calibrated(
    fitted: BaseEstimator, table: pd.DataFrame, event: np.ndarray, params: FitParams | None = None
) -> CalibratedClassifierCV:
    """``fitted`` with its probabilities set right on rows it has not seen (a later slice).

    Isotonic with enough events, else a sigmoid. Order of scores is kept, up to ties.
    """
    enough = np.sum(event) >= (params or FitParams()).isotonic_events
    return CalibratedClassifierCV(
        FrozenEstimator(fitted), method="isotonic" if enough else "sigmoid"
    ).fit(table, event)


@dataclass(frozen=True)
class Choice:
    """``name`` of the chosen candidate; ``figures``: measure by candidate and split; ``gain``: of
    the best rival over the simplest, on all test rows."""

    name: str
    figures: pd.DataFrame
    gain: Interval
    scores: pd.DataFrame


def choose(
    rivals: dict[str, BaseEstimator],
    table: pd.DataFrame,
    event: np.ndarray,
    splits: list[Split],
    measure: Callable[..., float] = auc,
    cluster=None,
    bootstrap: Bootstrap | None = None,
) -> Choice:
    """The rival with the best mean ``measure`` over the splits, if it beats the first of
    ``rivals``.

    Beats: the interval of the paired difference on the test rows of all splits excludes zero; else
    the first, the simplest, is chosen. ``measure`` takes outcome, score and weight, higher is
    better. ``scores`` has the test rows' positions, origins and each rival's probability.
    """
    event = np.asarray(event)
    parts, figures = [], []
    for split in splits:
        part = {"row": split.test, "origin": split.origin}
        for name, rival in rivals.items():
            model = clone(rival).fit(table.iloc[split.train], event[split.train])
            part[name] = model.predict_proba(table.iloc[split.test])[:, 1]
            figures.append(
                {
                    "origin": split.origin,
                    "candidate": name,
                    "figure": measure(event[split.test], part[name]),
                }
            )
        parts.append(pd.DataFrame(part))
    scores = pd.concat(parts, ignore_index=True)
    table_of = pd.DataFrame(figures)
    means = table_of.groupby("candidate", sort=False)["figure"].mean()
    first, best = next(iter(rivals)), str(means.idxmax())
    rows = scores["row"].to_numpy()
    gain = paired_difference(
        measure,
        event[rows],
        scores[best].to_numpy(),
        scores[first].to_numpy(),
        bootstrap,
        None if cluster is None else np.asarray(cluster)[rows],
    )
    return Choice(best if gain.low > 0 else first, table_of, gain, scores)
