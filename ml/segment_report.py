"""What a segmentation returns: a row an account, a profile of each segment, and the model card."""

from dataclasses import asdict
from datetime import date

import numpy as np
import pandas as pd

from ml.card import Card, window_start
from ml.frames import typed
from ml.segment_model import SegmentModel, SegmentParams
from ml.segment_names import Segment

ASSIGNMENT = {
    "account_no": "text",
    "segment_id": "integer",
    "segment_code": "text",
    "segment_name_en": "text",
    "segment_name_zh": "text",
    "unscored_reason": "text",
    "distance_to_centre": "double",
    "feature_month": "date",
}
PROFILE = {
    "segment_id": "integer",
    "segment_code": "text",
    "segment_name_en": "text",
    "segment_name_zh": "text",
    "accounts": "integer",
    "share": "double",
    "feature": "text",
    "segment_median": "double",
    "overall_median": "double",
}


def assignments(
    features: pd.DataFrame,
    reasons: pd.Series,
    labels: np.ndarray,
    distances: np.ndarray,
    segments: list[Segment],
    month: date | None,
) -> pd.DataFrame:
    """One row an account. ``reasons``: why unscored, null for those that ``labels`` are for.

    ``labels``: cluster (place in ``segments``) and ``distances``: from its centre, both in the
    order of the accounts without a reason.
    """
    scored = reasons.isna().to_numpy()
    nobody = Segment(None, "unscored", "Unscored", "未评")
    own = np.full(len(features), -1)
    own[scored] = labels
    named = pd.DataFrame([segments[c] if c >= 0 else nobody for c in own], columns=Segment._fields)
    distance = np.full(len(features), np.nan)
    distance[scored] = np.round(distances, 6)
    rest = pd.DataFrame(
        {
            "account_no": features["account_no"],
            "unscored_reason": reasons,
            "distance_to_centre": distance,
            "feature_month": month,
        }
    )
    return typed(pd.concat([rest, named], axis=1), ASSIGNMENT)


def profile(
    scored: pd.DataFrame, features: list[str], segments: list[Segment], labels: np.ndarray
) -> pd.DataFrame:
    """One row per segment and feature: the medians a person can check, in original units."""
    rows = []
    for cluster, named in enumerate(segments):
        members = scored[labels == cluster]
        for name in features:
            rows.append(
                {
                    **named._asdict(),
                    "accounts": len(members),
                    "share": len(members) / len(scored) if len(scored) else np.nan,
                    "feature": name,
                    "segment_median": members[name].astype(float).median(),
                    "overall_median": scored[name].astype(float).median(),
                }
            )
    table = pd.DataFrame(rows, columns=list(PROFILE))
    return typed(table.sort_values(["segment_id", "feature"]), PROFILE)


def unscored_card(
    month: date | None, features: list[str], rows: int, metrics: dict, params: SegmentParams
) -> Card:
    """The card of a month in which no model could be fitted; ``rows``: comparable accounts."""
    if rows < params.min_accounts:
        text = f"{rows} comparable accounts, fewer than {params.min_accounts}"
        text_zh = f"可比户数{rows}，少于{params.min_accounts}"
    else:
        text = f"{rows} accounts without differences to split them by"
        text_zh = f"{rows}户之间没有可用于划分的差异"
    return Card(
        "segments",
        window_start(month),
        month,
        rows,
        features,
        metrics,
        asdict(params),
        f"No segments: {text}.",
        f"未划分客群：{text_zh}。",
    )


def fitted_card(
    model: SegmentModel, metrics: dict, params: SegmentParams, notes: list[str]
) -> Card:
    """The card of the model that scored this month."""
    month = f"{model.trained_to:%Y-%m}"
    named = sorted(model.segments)
    names = ", ".join(s.segment_name_en for s in named)
    names_zh = "、".join(s.segment_name_zh for s in named)
    ari, scored = metrics["bootstrap_ari_mean"], metrics["rows_scored"]
    verdict = "stable" if metrics["is_stable"] else "NOT stable: treat the split with care"
    verdict_zh = "稳定" if metrics["is_stable"] else "不稳定，请谨慎使用"
    left_out = f" {'; '.join(notes)}." if notes else ""
    return Card(
        "segments",
        window_start(model.trained_to),
        model.trained_to,
        model.trained_rows,
        model.features,
        metrics,
        asdict(params),
        f"{scored} accounts in {len(named)} segments ({names}), by a model of {month}. "
        f"Refitted on resamples the split agrees at an adjusted Rand index of {ari:.2f} "
        f"({verdict}).{left_out} Segments describe use, not people; they are no ground for "
        "refusing a service.",
        f"按{month}的模型，{scored}户划分为{len(named)}个客群（{names_zh}）。"
        f"重抽样后划分一致性（ARI）{ari:.2f}，{verdict_zh}。"
        "客群只描述用电行为，不得作为拒绝服务的依据。",
    )
