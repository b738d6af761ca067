"""Usage-behaviour segments: clusters of accounts that use energy alike, with lasting numbers.

A model is fitted when there is none or the last one is old; in between accounts are scored with the
stored one, so that an account changes its segment only if its use changed. How a model is fitted is
in ``ml.segment_model``, naming and numbering in ``ml.segment_names``.
"""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from ml.card import Card
from ml.segment_model import (
    FEATURES,
    SegmentModel,
    SegmentParams,
    choose_k,
    fit,
    silhouette,
    transformed,
)
from ml.segment_names import name_and_number
from ml.segment_report import assignments, fitted_card, profile, unscored_card

__all__ = ["SegmentModel", "SegmentParams", "SegmentResult", "segment"]


@dataclass
class SegmentResult:
    """``model`` scored the accounts; None if there were too few to fit one.

    ``is_new_model``: fitted in this call, so the caller stores it under the feature month.
    """

    assignments: pd.DataFrame
    profile: pd.DataFrame
    card: Card
    model: SegmentModel | None
    is_new_model: bool = False
    notes: list[str] = field(default_factory=list)


def segment(
    features: pd.DataFrame,
    name_rules: pd.DataFrame,
    previous: SegmentModel | None = None,
    params: SegmentParams | None = None,
) -> SegmentResult:
    """Put each account of one month into a segment.

    ``features``: rows of account_month of one month, one an account. ``name_rules``: the seed
    segment_name_rule. ``previous``: the newest model of an *earlier* month, or None; with a later
    one a re-run would not give what the first run gave. The result does not depend on the order of
    the rows. Raises ``ValueError`` for repeated accounts, several months or a previous model that
    is not earlier.
    """
    params = params or SegmentParams()
    _check(features, previous)
    features = features.sort_values("account_no", ignore_index=True)
    month = pd.Timestamp(features["month"].iloc[0]).date() if len(features) else None
    usable, notes = _usable_features(features, params)
    # One thread: parallel sums of doubles differ from run to run.
    with threadpool_limits(limits=1):
        model = previous if _still_good(previous, month, usable, params) else None
        is_new = model is None
        if is_new:
            model = _train(features, usable, month, name_rules, previous, params)
            # Too few accounts this month: the old model is better than none.
            if model is None and previous and set(previous.features) <= set(usable):
                model, is_new = previous, False
        if model is None:
            return _unscored(features, usable, month, notes, params)
        reasons = _unscored_reasons(features, model.features, params)
        scored = features[reasons.isna()]
        matrix = transformed(scored, model.features)
        labels = model.pipeline.predict(matrix) if len(scored) else np.empty(0, int)
        distances = model.pipeline.transform(matrix).min(axis=1) if len(scored) else np.empty(0)
        spread = silhouette(model.pipeline, matrix, labels, params)
    metrics = model.metrics | {
        "rows_scored": len(scored),
        "rows_unscored": int(reasons.notna().sum()),
        "silhouette_this_month": spread,
        "is_new_model": is_new,
    }
    return SegmentResult(
        assignments(features, reasons, labels, distances, model.segments, month),
        profile(scored, model.features, model.segments, labels),
        fitted_card(model, metrics, params, notes),
        model,
        is_new,
        notes,
    )


def _check(features: pd.DataFrame, previous: SegmentModel | None) -> None:
    if features["account_no"].duplicated().any():
        raise ValueError("segment: an account occurs twice; pass one month of account_month")
    if features["month"].nunique() > 1:
        raise ValueError("segment: more than one month; pass one month of account_month")
    if previous and len(features):
        month = pd.Timestamp(features["month"].iloc[0]).date()
        if previous.trained_to >= month:
            raise ValueError(
                f"segment: the previous model is of {previous.trained_to:%Y-%m}, not earlier than "
                f"the features of {month:%Y-%m}; pass the newest model of an earlier month"
            )


def _usable_features(features: pd.DataFrame, params: SegmentParams) -> tuple[list[str], list[str]]:
    used, notes = [], []
    for name in FEATURES:
        share = features[name].notna().mean() if len(features) else 0.0
        if share >= params.min_feature_share:
            used.append(name)
        else:
            notes.append(f"{name} left out: only {share:.0%} of accounts have it")
    return used, notes


def _still_good(previous, month: date | None, usable: list[str], params: SegmentParams) -> bool:
    if previous is None or month is None or not set(previous.features) <= set(usable):
        return False
    was = previous.trained_to
    age = (month.year - was.year) * 12 + month.month - was.month
    return previous.metrics["is_stable"] and age < params.refit_after_months


def _unscored_reasons(features: pd.DataFrame, used: list[str], params: SegmentParams) -> pd.Series:
    reasons = pd.Series(None, index=features.index, dtype="object")
    for name in used:
        reasons[features[name].isna() & reasons.isna()] = f"no {name}"
    short = features["usable_days_12m"].fillna(0) < params.min_usable_days
    reasons[short] = f"fewer than {params.min_usable_days} usable days in twelve months"
    reasons[features["is_closed"].astype(bool)] = "account closed"
    return reasons


def _train(features, used, month, rules, previous, params) -> SegmentModel | None:
    """A model of this month's accounts; None if they are too few or all alike."""
    rows = features[_unscored_reasons(features, used, params).isna()]
    if len(rows) < params.min_accounts or not used:
        return None
    matrix = transformed(rows, used)
    k, metrics = choose_k(matrix, len(previous.segments) if previous else None, params)
    if k == 0:
        return None
    model = SegmentModel(used, fit(matrix, k, params), [], month, len(rows), metrics, 0)
    spread = matrix.std(axis=0)
    model.segments, model.last_id = name_and_number(
        model.centroids(), np.where(spread > 0, spread, 1.0), rules, previous, params.match_limit
    )
    return model


def _unscored(features, usable, month, notes, params) -> SegmentResult:
    reasons = _unscored_reasons(features, usable, params)
    rows = int(reasons.isna().sum())
    metrics = {"rows_scored": 0, "rows_unscored": len(features), "is_new_model": False}
    card = unscored_card(month, usable, rows, metrics, params)
    nobody = np.empty(0, int)
    return SegmentResult(
        assignments(features, reasons.fillna(card.text_en), nobody, nobody, [], month),
        profile(features.head(0), [], [], nobody),
        card,
        None,
        notes=[*notes, card.text_en],
    )


def assign(
    features: pd.DataFrame, model: SegmentModel, params: SegmentParams | None = None
) -> pd.Series:
    """Code of the segment that each row of account_month is in by ``model``; unscored without one.

    Rows may be of any months, as for what a touched account was like before.
    """
    codes = np.array([segment.segment_code for segment in model.segments], dtype=object)
    known = _unscored_reasons(features, model.features, params or SegmentParams()).isna()
    out = pd.Series("unscored", index=features.index, dtype=object)
    if known.any():
        with threadpool_limits(limits=1):
            out[known] = codes[model.pipeline.predict(transformed(features[known], model.features))]
    return out
