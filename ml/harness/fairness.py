"""What one list does to groups of customers, side by side."""

import numpy as np
import pandas as pd

from ml.harness.intervals import Bootstrap
from ml.harness.measures import calibration_error, ratio, selection


def by_group(
    event: np.ndarray,
    score: np.ndarray,
    k: float,
    group: pd.Series,
    *,
    cluster=None,
    min_rows: int = 50,
    bootstrap: Bootstrap | None = None,
) -> pd.DataFrame:
    """One row per group (nulls are a group of their own, the last), for one list of ``k`` over all.

    Columns: group, rows, events, base_rate, selected (expected places), selection_rate, precision,
    captured_share (each 0–1), mean_score, calibration_gap (mean probability − share of events, with
    gap_low and gap_high) and calibration_error. Figures of groups below ``min_rows`` rows are null:
    they would say more about chance than about the model. ``score`` must be a probability for the
    calibration to mean anything.
    """
    event, score = np.asarray(event, dtype=float), np.asarray(score, dtype=float)
    labels = pd.Series(group).reset_index(drop=True)
    clusters = np.arange(len(event)) if cluster is None else np.asarray(cluster)
    on_list = selection(score, k)
    known = sorted(labels.dropna().unique(), key=str)
    rows = []
    for label in [*known, *([None] if labels.isna().any() else [])]:
        of = (labels.isna() if label is None else labels == label).fillna(False).to_numpy(bool)
        y, p, listed = event[of], score[of], on_list[of]
        row = {"group": label, "rows": int(of.sum()), "events": int(y.sum())}
        if of.sum() >= min_rows:
            gap = (bootstrap or Bootstrap()).interval(
                lambda weight, y=y, p=p: ratio(float(np.sum(weight * (p - y))), weight.sum()),
                len(y),
                clusters[of],
            )
            row |= {
                "base_rate": float(y.mean()),
                "selected": float(listed.sum()),
                "selection_rate": float(listed.mean()),
                "precision": ratio(float((listed * y).sum()), float(listed.sum())),
                "captured_share": ratio(float((listed * y).sum()), float(y.sum())),
                "mean_score": float(p.mean()),
                "calibration_gap": gap.value,
                "gap_low": gap.low,
                "gap_high": gap.high,
                "calibration_error": calibration_error(y, p),
            }
        rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


COLUMNS = [
    "group",
    "rows",
    "events",
    "base_rate",
    "selected",
    "selection_rate",
    "precision",
    "captured_share",
    "mean_score",
    "calibration_gap",
    "gap_low",
    "gap_high",
    "calibration_error",
]
