"""The model of causes: which pattern, if any, an account's SIGNS look like."""

from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline

from ml.anomaly_panel import Panel
from ml.anomaly_patterns import CAUSES, NONE, plant
from ml.anomaly_signs import SearchParams, signs
from ml.harness.columns import EmptyColumns


@dataclass(frozen=True)
class CauseParams:
    """Settings, each with its reason."""

    each: int = 300  # accounts a cause; more changed little
    folds: int = 3  # no account is judged by a model that took it for an innocent one
    mean_years: float = 0.75  # a case lasts half a year and is news for a quarter after
    doubtful: float = 0.5  # an account more likely guilty than that teaches no innocence
    min_accounts: int = 300
    rounds: int = 60
    seed: int = 20260101


@dataclass
class CauseModel:
    """``pipelines``: one a fold, each fitted on the other folds; ``shift``: by class, prior ÷ share
    of the rows learned from."""

    features: list[str]
    classes: list[str]
    shift: list[float]
    pipelines: list[Pipeline]
    month: str
    rows: int
    accounts: int  # of the branch, before patterns were planted in them

    def as_dict(self) -> dict:
        """What model_store writes."""
        return dict(vars(self))

    @classmethod
    def from_dict(cls, stored: dict) -> "CauseModel":
        """The inverse of ``as_dict``."""
        return cls(**stored)

    def probabilities(self, table: pd.DataFrame, account_no: pd.Series) -> pd.DataFrame:
        """By class, rows of ``table`` (SIGNS and events); each row sums to 1."""
        result = np.zeros((len(table), len(self.classes)))
        fold = folds(account_no, len(self.pipelines))
        table = table.reindex(columns=self.features)
        for number, pipeline in enumerate(self.pipelines):
            rows = fold == number
            if rows.any():
                part = pipeline.predict_proba(table[rows])
                place = [self.classes.index(name) for name in pipeline.classes_]
                result[np.ix_(rows, place)] = part * np.array(self.shift)[place]
        return pd.DataFrame(
            result / result.sum(axis=1, keepdims=True), columns=self.classes, index=table.index
        )


def folds(account_no: pd.Series, count: int) -> np.ndarray:
    """Fold of each account, the same in every run."""
    return np.array([crc32(name.encode()) % count for name in account_no.astype(str)])


def fit(
    sample: Panel,
    index: dict[str, np.ndarray],
    weather: dict[str, np.ndarray],
    causes: pd.DataFrame,
    found: set[str],
    month: str,
    params: CauseParams | None = None,
) -> CauseModel | None:
    """A model from the accounts of ``sample`` as they are and with patterns planted in them.

    ``causes``: the seed anomaly_cause. ``found``: accounts in which an inspection found something;
    they teach no innocence. None where fewer than ``min_accounts`` have a year of reads.
    """
    params = params or CauseParams()
    known = np.isfinite(sample.kwh[:, :, 0]).sum(axis=1) >= 30
    innocent = sample.take(np.flatnonzero(known & ~sample.accounts["account_no"].isin(found)))
    if len(innocent.accounts) < params.min_accounts:
        return None
    generator = np.random.default_rng(params.seed)
    planted, names = plant(innocent, causes, params.each, SearchParams().ended - 1, generator)
    table = pd.concat(
        [signs(innocent, index, weather).table, signs(planted, index, weather).table],
        ignore_index=True,
    )
    label = np.concatenate([np.full(len(innocent.accounts), NONE, dtype=object), names])
    account_no = pd.concat(
        [innocent.accounts["account_no"], planted.accounts["account_no"]], ignore_index=True
    )
    kept = np.ones(len(label), dtype=bool)
    rough = replace(params, rounds=max(params.rounds // 2, 1))
    model = _fitted(table, label, account_no, causes, month, kept, rough)
    guilt = 1 - model.probabilities(table, account_no)[NONE].to_numpy()
    kept = (label != NONE) | (guilt < params.doubtful)
    model = _fitted(table, label, account_no, causes, month, kept, params)
    return replace(model, accounts=len(sample.accounts))


def _fitted(table, label, account_no, causes, month, kept, params: CauseParams) -> CauseModel:
    fold = folds(account_no, params.folds)
    pipelines = []
    for number in range(params.folds):
        rows = kept & (fold != number)
        pipelines.append(_pipeline(params).fit(table[rows], label[rows].astype(str)))
    classes = [name for name in (*CAUSES, NONE) if (label == name).any()]
    rate = causes.set_index("cause")["cases_per_1000_year"].astype(float) / 1000
    prior = {name: rate[name] * params.mean_years for name in classes if name != NONE}
    prior[NONE] = 1 - sum(prior.values())
    count = pd.Series(label[kept]).value_counts()
    # No weights: they would make binning many times slower.
    shift = [prior[name] * int(count.sum()) / int(count[name]) for name in classes]
    rows = int(count.sum())
    return CauseModel(list(table.columns), classes, shift, pipelines, month, rows, rows)


def _pipeline(params: CauseParams) -> Pipeline:
    estimator = HistGradientBoostingClassifier(
        max_iter=params.rounds,
        learning_rate=0.1,
        max_leaf_nodes=10,
        min_samples_leaf=15,
        l2_regularization=3,
        early_stopping=False,
        random_state=params.seed,
    )
    return Pipeline([("columns", EmptyColumns()), ("model", estimator)])
