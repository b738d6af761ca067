"""Figures of a scored list. Each takes rows (1-d arrays of one length) and optional weights.

``worth`` is what a row is worth when it is on the list: 1 or 0 for an event, or kWh, CNY, or the
true probability that a simulator knows. Weights are how often a row counts, which is how the
bootstrap of ``ml.harness.intervals`` draws. Scores rank from high to low. Rows of equal score share
the places that are left, as if the list had been shuffled before sorting: no figure depends on the
order of the rows, and a rule that says only yes or no is judged fairly.
"""

import numpy as np

_SMALLEST = 1e-15  # a probability nearer to 0 or 1 has an infinite log loss when it is wrong


def selection(score: np.ndarray, k: float, weight: np.ndarray | None = None) -> np.ndarray:
    """How much of each row is on the list of the ``k`` highest scores, 0–1.

    1 above the score at place k, 0 below, the same fraction for all rows with that score.
    Everything when ``k`` exceeds the rows. Raises ``ValueError`` for a negative ``k`` or a null
    score.
    """
    score, weight = _rows(score, weight=weight)
    if k < 0:
        raise ValueError("a list has no negative number of places")
    values, group = np.unique(-score, return_inverse=True)
    size = np.bincount(group, weight, len(values))
    before = np.cumsum(size) - size
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.clip((k - before) / size, 0, 1)
    return np.nan_to_num(share)[group]


def captured(worth, score, k: float, weight=None) -> float:
    """Worth on the list of the ``k`` highest scores (expected over ties)."""
    score, worth, weight = _rows(score, worth, weight=weight)
    return float(np.sum(selection(score, k, weight) * worth * weight))


def precision_at(worth, score, k: float, weight=None) -> float:
    """Mean worth of a place on the list; for events the share of them. NaN for an empty list."""
    score, worth, weight = _rows(score, worth, weight=weight)
    return ratio(captured(worth, score, k, weight), min(k, weight.sum()))


def captured_share(worth, score, k: float, weight=None) -> float:
    """Worth on the list over all worth there is, 0–1. NaN when there is none."""
    score, worth, weight = _rows(score, worth, weight=weight)
    return ratio(captured(worth, score, k, weight), float(np.sum(worth * weight)))


def share_of_best(worth, score, k: float, weight=None) -> float:
    """Worth on the list over that of the best list of ``k`` rows; 1 minus it is the regret."""
    score, worth, weight = _rows(score, worth, weight=weight)
    return ratio(captured(worth, score, k, weight), captured(worth, worth, k, weight))


def regret(worth, score, k: float, weight=None) -> float:
    """The share of the best possible list's worth that this list leaves behind, 0–1."""
    return 1 - share_of_best(worth, score, k, weight)


def auc(event, score, weight=None) -> float:
    """Chance that a row with the event scores above one without, ties half. NaN with one kind."""
    score, event, weight = _rows(score, event, weight=weight)
    values, group = np.unique(score, return_inverse=True)
    positive = np.bincount(group, weight * event, len(values))
    negative = np.bincount(group, weight * (1 - event), len(values))
    below = np.cumsum(negative) - negative
    return ratio(
        float(np.sum(positive * (below + negative / 2))), float(positive.sum() * negative.sum())
    )


def log_loss(event, probability, weight=None) -> float:
    """Mean of −ln of the probability given to what happened (probabilities clipped to 1e-15)."""
    probability, event, weight = _rows(probability, event, weight=weight)
    p = np.clip(probability, _SMALLEST, 1 - _SMALLEST)
    loss = -(event * np.log(p) + (1 - event) * np.log1p(-p))
    return ratio(float(np.sum(weight * loss)), float(weight.sum()))


def brier(event, probability, weight=None) -> float:
    """Mean squared difference of probability and event."""
    probability, event, weight = _rows(probability, event, weight=weight)
    return ratio(float(np.sum(weight * (probability - event) ** 2)), float(weight.sum()))


def calibration_bins(probability, bins: int = 10) -> np.ndarray:
    """Bin of each row, 0 … at most ``bins`` − 1: equally many rows a bin, equal scores together."""
    (probability, _) = _rows(probability)
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, bins + 1)[1:-1]))
    return np.searchsorted(edges, probability, side="left")


def calibration_error(event, probability, weight=None, bins: int = 10) -> float:
    """ECE: mean over rows of |share of events − mean probability| of the row's bin.

    Bins are those of ``calibration_bins``: equally many rows each, ten unless said.
    """
    probability, event, weight = _rows(probability, event, weight=weight)
    group = calibration_bins(probability, bins)
    gaps = np.bincount(group, weight * (event - probability))
    return ratio(float(np.abs(gaps).sum()), float(weight.sum()))


def calibration_floor(probability, bins: int = 10) -> float:
    """Expected ``calibration_error`` of probabilities that are exactly right, on as many rows.

    Chance alone makes bins miss: an error near the floor is no error of the model.
    """
    (probability, _) = _rows(probability)
    variance = np.bincount(calibration_bins(probability, bins), probability * (1 - probability))
    return float(np.sqrt(2 / np.pi) * np.sqrt(variance).sum() / len(probability))


def _rows(*columns, weight=None) -> tuple[np.ndarray, ...]:
    """The columns and the weight (ones for None) as doubles. Raises ``ValueError`` for a null, a
    negative weight, no rows or lengths that differ."""
    arrays = [np.asarray(column, dtype=float) for column in columns]
    length = len(arrays[0])
    arrays.append(np.ones(length) if weight is None else np.asarray(weight, dtype=float))
    for array in arrays:
        if array.ndim != 1 or len(array) != length or not length:
            raise ValueError("a figure needs rows, and each column as many")
        if np.isnan(array).any():
            raise ValueError("a null cannot be ranked or counted: leave such rows out and say so")
    if (arrays[-1] < 0).any():
        raise ValueError("a row cannot count less than not at all")
    return tuple(arrays)


def ratio(part: float, whole: float) -> float:
    """``part`` over ``whole``; NaN for a whole of zero."""
    return part / whole if whole else float("nan")
