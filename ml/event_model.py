"""Models of an event in the months after a month's end: learned, judged, and used to score.

What a model asks (which event, how far ahead, whom, how many the team can reach) is a ``Question``;
``train`` answers it on earlier months of account_month, ``probability`` scores a month. Months are
those of ``ml.harness.splits``: what is judged on a month has learned only from labels known before
it, and what is judged is what is used.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from ml.harness import fitting, report
from ml.harness.intervals import Bootstrap
from ml.harness.measures import auc
from ml.harness.splits import Split, rolling_origin


class TooFewEvents(ValueError):
    """Too little to learn from or to judge by; says what is missing (``zh``: in Chinese)."""

    def __init__(self, english: str, chinese: str):
        """``english`` and ``chinese``: the same sentence."""
        super().__init__(english)
        self.zh = chinese


@dataclass(frozen=True)
class Question:
    """What a model asks. ``event``: label column (true, false, null while unknown). ``horizon``:
    months it looks ahead; ``lag``: months after those until it is known. ``capacity_share``: share
    of accounts that the team reaches in a month. ``rule``: the clerk's rule, from rows to scores.
    """

    name: str
    event: str
    horizon: int
    lag: int
    capacity_share: float
    rule: Callable[[pd.DataFrame], np.ndarray]
    rule_en: str
    rule_zh: str

    @property
    def matures(self) -> int:
        """Months until the label of a month is known."""
        return self.horizon + self.lag


@dataclass(frozen=True)
class TrainParams:
    """Settings, each with its reason."""

    origins: int = 3  # a quarter: one month may be a lucky one
    min_fit_months: int = 3  # fewer know one season's behaviour only
    min_events: int = 40  # below it intervals span everything and a sigmoid has nothing to hold on
    folds: int = 3  # by account, so that nobody's own months calibrate what was learned from them
    fit: fitting.FitParams = field(default_factory=fitting.FitParams)
    # The ends of an interval then move by a sixth of its width; 40,000 rows are sorted each time.
    bootstrap: Bootstrap = field(default_factory=lambda: Bootstrap(draws=200))


@dataclass(frozen=True)
class EventModel:
    """A fitted model: ``pipeline`` gives log-odds on rows sampled at ``kept_share`` of the rows
    without the event; ``slope`` and ``offset`` calibrate them."""

    name: str
    pipeline: BaseEstimator
    features: list[str]
    levels: list[str]
    slope: float
    offset: float
    kept_share: float
    candidate: str
    trained_from: date
    trained_to: date
    rows: int
    events: int
    base_rate: float
    typical: dict

    @property
    def version(self) -> str:
        """Candidate and newest month learned from."""
        return f"{self.candidate}-{self.trained_to:%Y-%m}"

    def as_dict(self) -> dict:
        """Plain values and the pipeline, for ``ml.model_store``."""
        return {
            **vars(self),
            "trained_from": self.trained_from.isoformat(),
            "trained_to": self.trained_to.isoformat(),
        }

    @classmethod
    def from_dict(cls, values: dict) -> "EventModel":
        """The model of ``as_dict``."""
        dates = {name: date.fromisoformat(values[name]) for name in ("trained_from", "trained_to")}
        return cls(**{**values, **dates})


@dataclass(frozen=True)
class Trained:
    """``figures``: of ``ml.harness.report`` over all test rows; ``test``: the test rows with
    columns month, event, probability, rule; ``newest``: the newest month of them."""

    model: EventModel
    figures: pd.DataFrame
    test: pd.DataFrame
    newest: date
    gain: str


def prepared(
    table: pd.DataFrame, features: list[str], levels: list[str] | None = None
) -> pd.DataFrame:
    """``features`` as numbers (doubles) and levels (text), whatever types the rows came in.

    ``levels``: which are text, as learned; without it by their values, and a column without any
    is a number that is always null. Raises ``KeyError`` for a missing column.
    """
    columns = {}
    for name in features:
        values = table[name]
        if name in levels if levels is not None else _is_text(values):
            columns[name] = values.astype(object).where(values.notna(), None)
        else:
            columns[name] = pd.to_numeric(values.astype(object), errors="coerce").astype(float)
    return pd.DataFrame(columns, index=table.index)


def _is_text(values: pd.Series) -> bool:
    if isinstance(values.dtype, pd.StringDtype | pd.CategoricalDtype):
        return True
    return values.dtype == object and values.dropna().map(type).eq(str).any()


def probability(model: EventModel, table: pd.DataFrame) -> np.ndarray:
    """Probability of the event for each row of ``table`` (columns ``model.features``), 0–1."""
    if table.empty:
        return np.zeros(0)
    return expit(log_odds(model, inputs(model, table)))


def inputs(model: EventModel, table: pd.DataFrame) -> pd.DataFrame:
    """What the model reads of ``table``, prepared as it was learned."""
    return prepared(table, model.features, model.levels)


def log_odds(model: EventModel, features: pd.DataFrame) -> np.ndarray:
    """Calibrated log-odds of prepared rows; rows left out in training are made up for."""
    raw = model.pipeline.decision_function(features)
    # Of the rows without the event only a share was learned from: their odds count so much more.
    return model.offset + model.slope * raw + np.log(model.kept_share)


def train(
    learned: pd.DataFrame,
    test: pd.DataFrame,
    question: Question,
    features: list[str],
    kept_share: float = 1.0,
    params: TrainParams | None = None,
) -> Trained:
    """Fit, choose, calibrate and judge on rolling origins.

    ``learned``: account-months to learn from, all with the event and ``kept_share`` (0–1) of those
    without; ``test``: an even sample of accounts in the newest months with a known label. Both
    have account_no, month, the features and the label, never null. Raises ``TooFewEvents``.
    """
    params = params or TrainParams()
    rows = pd.concat([learned, test], ignore_index=True)
    if rows.empty:
        raise TooFewEvents("no month has a known label yet", "尚无已知标签的月份")
    event = rows[question.event].astype(bool).to_numpy()
    _check(event, np.arange(len(rows)) >= len(learned), question, params)
    splits = _splits(rows, len(learned), question, params)
    table = prepared(rows, features)
    known = [name for name in features if table[name].notna().any()]
    table, account = table[known], rows["account_no"].to_numpy()
    # What no month to learn from has says nothing of later ones.
    chosen = fitting.choose(
        fitting.candidates(table.iloc[splits[-1].fit], params.fit),
        table, event, splits, auc, account, params.bootstrap,
    )  # fmt: skip
    parts, model = [], None
    for split in splits:
        _check(event[split.fit], np.ones(len(split.fit), bool), question, params)
        model = _fit(rows, table, event, account, split, chosen.name, question, kept_share, params)
        part = rows.iloc[split.test][["account_no", "month"]].reset_index(drop=True)
        part["event"] = event[split.test].astype(float)
        part["probability"] = expit(log_odds(model, table.iloc[split.test]))
        part["rule"] = question.rule(rows.iloc[split.test])
        parts.append(part)
    judged = pd.concat(parts, ignore_index=True)
    figures = report.figures(
        judged["event"].to_numpy(),
        {question.name: judged["probability"].to_numpy()},
        round(question.capacity_share * len(judged)),
        probabilities=(question.name,),
        rules={"clerk": judged["rule"].to_numpy(dtype=float)},
        base=model.base_rate,
        cluster=judged["account_no"],
        bootstrap=params.bootstrap,
    )
    return Trained(model, figures, judged, splits[-1].origin, str(chosen.gain))


def _check(event, is_test, question: Question, params: TrainParams) -> None:
    counts = int(event[~is_test].sum()), int(event[is_test].sum())
    few = min(
        count for count, any_rows in zip(counts, (~is_test, is_test), strict=True) if any_rows.any()
    )
    if few < params.min_events or event.all():
        raise TooFewEvents(
            f"{counts[0]} events to learn from and {counts[1]} to judge by, of {params.min_events} "
            "needed each",
            f"可学习事件{counts[0]}个、可检验事件{counts[1]}个，各需{params.min_events}个",
        )


def _splits(rows, learned: int, question: Question, params: TrainParams) -> list[Split]:
    """Rolling origins; what is learned from is sampled otherwise than what is tested."""
    try:
        splits = rolling_origin(
            rows["month"], question.horizon, params.origins, lag=question.lag,
            min_fit_months=params.min_fit_months,
        )  # fmt: skip
    except ValueError as error:
        raise TooFewEvents(
            f"too few months: {error}", f"月份不足：需{params.min_fit_months}个月可学习"
        ) from error
    kept = [
        Split(
            split.origin,
            split.fit[split.fit < learned],
            split.calibrate,
            split.test[split.test >= learned],
        )
        for split in splits
    ]
    return [split for split in kept if len(split.test)]


def _fit(rows, table, event, account, split, name, question, kept_share, params) -> EventModel:
    """The chosen candidate on the rows of a split, calibrated on accounts left out in turn."""
    x, y, who = table.iloc[split.fit], event[split.fit], account[split.fit]
    pipeline = fitting.candidates(x, params.fit)[name]
    held = np.empty(len(y))
    for fit, left in GroupKFold(params.folds).split(x, y, who):
        held[left] = clone(pipeline).fit(x.iloc[fit], y[fit]).decision_function(x.iloc[left])
    sigmoid = LogisticRegression(C=1e6).fit(held[:, None], y)
    months = pd.to_datetime(rows["month"].iloc[split.fit])
    return EventModel(
        name=question.name,
        pipeline=clone(pipeline).fit(x, y),
        features=list(x.columns),
        levels=[column for column in x.columns if x[column].dtype == object],
        slope=float(sigmoid.coef_[0, 0]),
        offset=float(sigmoid.intercept_[0]),
        kept_share=float(kept_share),
        candidate=name,
        trained_from=months.min().date(),
        trained_to=months.max().date(),
        rows=len(y),
        events=int(y.sum()),
        base_rate=float(y.sum() / (y.sum() + (~y).sum() / kept_share)),
        typical=typical(x, rows.iloc[split.fit]),
    )


def typical(features: pd.DataFrame, rows: pd.DataFrame) -> dict:
    """Median (numbers) or most frequent level of each feature, by kind of customer.

    A home is measured against homes and a firm against firms: what is usual differs too far.
    """
    found = {}
    kinds = customer_kind(rows)
    for kind in ("home", "firm"):
        part = features[kinds == kind]
        part = part if len(part) else features
        found[kind] = {
            name: (
                None
                if part[name].notna().sum() == 0
                else str(part[name].mode().iloc[0])
                if part[name].dtype == object
                else float(part[name].median())
            )
            for name in features.columns
        }
    return found


def customer_kind(rows: pd.DataFrame) -> np.ndarray:
    """home or firm, by category."""
    return np.where(rows["category"].astype(str) == "residential", "home", "firm")


def odds_shift(value: float, shift: float) -> float:
    """Probability ``value`` after ``shift`` in log-odds."""
    return float(expit(logit(value) + shift))
