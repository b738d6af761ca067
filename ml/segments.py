"""Usage-behaviour segments: clusters of accounts that use energy alike.

KMeans on a few clipped and standardised features. The number of clusters is the one with the best
silhouette among those that are stable: refitted on bootstrap resamples they give nearly the same
split of the same accounts (adjusted Rand index; Hennig 2007, "Cluster-wise assessment of cluster
stability"). Naming and numbering live in ``ml.segment_names``.
"""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from ml.card import Card
from ml.segment_names import Segment, name_and_number

# Features and whether they enter as logarithms (ratios and levels that span decades).
FEATURES = {
    "mean_daily_kwh_12m": True,
    "winter_summer_ratio_12m": True,
    "weekend_ratio_12m": True,
    "daily_cv_12m": True,
    "peak_share_12m": False,
    "valley_share_12m": False,
}
_SMALLEST = 1e-3  # logarithms of smaller values say nothing about behaviour


@dataclass(frozen=True)
class SegmentParams:
    """Settings of the segmentation, each with its reason."""

    seed: int = 20260101
    candidates: tuple[int, ...] = (3, 4, 5, 6, 7, 8)  # fewer say nothing, more nobody remembers
    bootstraps: int = 20
    stable_ari: float = 0.8  # above it two splits agree on nearly every account
    keep_k_margin: float = 0.02  # silhouette that a new k must gain over last month's
    min_accounts: int = 40
    min_usable_days: int = 180
    min_feature_share: float = 0.5  # a feature that fewer accounts have is left out
    clip_quantiles: tuple[float, float] = (0.01, 0.99)
    silhouette_sample: int = 5000
    match_limit: float = 1.5  # standard deviations a segment may move and stay itself


@dataclass
class SegmentModel:
    """A fitted segmentation. ``segments`` is in the order of the pipeline's clusters."""

    features: list[str]
    clip: list[list[float]]
    pipeline: Pipeline
    segments: list[Segment]
    trained_to: date
    last_id: int

    def as_dict(self) -> dict:
        """Plain values and the pipeline, for ``ml.model_store``."""
        return {
            "features": self.features,
            "clip": self.clip,
            "pipeline": self.pipeline,
            "segments": [segment._asdict() for segment in self.segments],
            "trained_to": self.trained_to.isoformat(),
            "last_id": self.last_id,
        }

    @classmethod
    def from_dict(cls, data: dict) -> "SegmentModel":
        """The model that ``as_dict`` gave."""
        return cls(
            features=list(data["features"]),
            clip=[list(pair) for pair in data["clip"]],
            pipeline=data["pipeline"],
            segments=[Segment(**segment) for segment in data["segments"]],
            trained_to=date.fromisoformat(data["trained_to"]),
            last_id=int(data["last_id"]),
        )

    def centroids(self) -> pd.DataFrame:
        """Cluster centres before scaling (logarithms where FEATURES says so), one row a cluster."""
        scaler, kmeans = self.pipeline[0], self.pipeline[-1]
        return pd.DataFrame(
            scaler.inverse_transform(kmeans.cluster_centers_), columns=self.features
        )


@dataclass
class SegmentResult:
    """``model`` is None when there were too few accounts to fit one."""

    assignments: pd.DataFrame
    profile: pd.DataFrame
    card: Card
    model: SegmentModel | None
    notes: list[str] = field(default_factory=list)


def segment(
    features: pd.DataFrame,
    name_rules: pd.DataFrame,
    previous: SegmentModel | None = None,
    params: SegmentParams | None = None,
) -> SegmentResult:
    """Cluster the accounts of one month, and name and number the clusters.

    ``features``: rows of account_month of one month, one an account. ``name_rules``: the seed
    segment_name_rule. ``previous``: the newest model of an *earlier* month, or None. The result
    does not depend on the order of the rows. Raises ``ValueError`` for repeated accounts or more
    than one month.
    """
    params = params or SegmentParams()
    if features["account_no"].duplicated().any():
        raise ValueError("segment: an account occurs twice; pass one month of account_month")
    if features["month"].nunique() > 1:
        raise ValueError("segment: more than one month; pass one month of account_month")
    features = features.sort_values("account_no", ignore_index=True)
    used, notes = _usable_features(features, params)
    reasons = _unscored_reasons(features, used, params)
    scored = features[reasons.isna()]
    month = pd.Timestamp(features["month"].iloc[0]).date() if len(features) else date(1, 1, 1)
    if len(scored) < params.min_accounts:
        reasons = reasons.fillna("too few comparable accounts")
        text = f"{len(scored)} comparable accounts, fewer than {params.min_accounts}: no segments."
        card = Card(
            "segments", _window_start(month), month, len(scored), used, {}, _plain(params),
            text, f"可比户数 {len(scored)}，少于 {params.min_accounts}，未划分客群。",
        )  # fmt: skip
        empty = _assign(features, reasons, np.empty(0, int), np.empty(0), [], month)
        return SegmentResult(empty, _profile(scored, used, None, None), card, None, [text])
    # One thread: parallel sums of doubles differ from run to run.
    with threadpool_limits(limits=1):
        transformed = _transform(scored, used)
        clip = np.quantile(transformed, params.clip_quantiles, axis=0).T
        matrix = np.clip(transformed, clip[:, 0], clip[:, 1])
        k, metrics = _choose_k(matrix, previous, params)
        pipeline = _fit(matrix, k, params.seed)
        labels = pipeline.predict(matrix)
        distances = pipeline.transform(matrix).min(axis=1)
    model = SegmentModel(used, clip.tolist(), pipeline, [], month, 0)
    model.segments, model.last_id = name_and_number(
        model.centroids(), transformed.std(axis=0), name_rules, previous, params.match_limit
    )
    metrics["rows_unscored"] = int(reasons.notna().sum())
    card = _card(model, month, len(scored), metrics, params, notes)
    return SegmentResult(
        _assign(features, reasons, labels, distances, model.segments, month),
        _profile(scored, used, labels, model.segments),
        card,
        model,
        notes,
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


def _unscored_reasons(features: pd.DataFrame, used: list[str], params: SegmentParams) -> pd.Series:
    reasons = pd.Series(None, index=features.index, dtype="object")
    lacking = features[used].isna()
    for name in used:
        reasons[lacking[name] & reasons.isna()] = f"no {name}"
    short = features["usable_days_12m"] < params.min_usable_days
    reasons[short] = f"fewer than {params.min_usable_days} usable days in twelve months"
    reasons[features["is_closed"].astype(bool)] = "account closed"
    return reasons


def _transform(features: pd.DataFrame, used: list[str]) -> np.ndarray:
    columns = [
        np.log(np.maximum(features[name].astype(float), _SMALLEST))
        if FEATURES[name]
        else features[name].astype(float)
        for name in used
    ]
    return np.column_stack(columns)


def _fit(matrix: np.ndarray, k: int, seed: int) -> Pipeline:
    return make_pipeline(StandardScaler(), KMeans(k, n_init=10, random_state=seed)).fit(matrix)


def _choose_k(
    matrix: np.ndarray, previous: SegmentModel | None, params: SegmentParams
) -> tuple[int, dict]:
    """The number of clusters, and the figures of all candidates."""
    tried = {}
    for k in params.candidates:
        if k * 5 > len(matrix):
            continue
        reference = _fit(matrix, k, params.seed)
        labels = reference.predict(matrix)
        generator = np.random.default_rng([params.seed, k])
        scores = []
        for _ in range(params.bootstraps):
            sample = matrix[generator.integers(0, len(matrix), len(matrix))]
            scores.append(adjusted_rand_score(labels, _fit(sample, k, params.seed).predict(matrix)))
        tried[k] = {
            "bootstrap_ari_mean": round(float(np.mean(scores)), 4),
            "bootstrap_ari_low": round(float(np.quantile(scores, 0.1)), 4),
            "silhouette": round(_silhouette(reference, matrix, labels, params), 4),
        }
    stable = {k: v for k, v in tried.items() if v["bootstrap_ari_mean"] >= params.stable_ari}
    if stable:
        best = max(stable, key=lambda k: (stable[k]["silhouette"], -k))
        before = len(previous.segments) if previous else None
        # Last month's number stays unless another is clearly better: names should not flicker.
        if before in stable:
            gain = stable[best]["silhouette"] - stable[before]["silhouette"]
            best = before if gain < params.keep_k_margin else best
    else:
        best = max(tried, key=lambda k: tried[k]["bootstrap_ari_mean"])
    metrics = {"k": best, "is_stable": bool(stable), **tried[best]}
    metrics["candidates"] = {str(k): figures for k, figures in tried.items()}
    return best, metrics


def _silhouette(fitted: Pipeline, matrix: np.ndarray, labels, params: SegmentParams) -> float:
    scaled = fitted[0].transform(matrix)
    sample = params.silhouette_sample if len(scaled) > params.silhouette_sample else None
    return float(silhouette_score(scaled, labels, sample_size=sample, random_state=params.seed))


def _assign(features, reasons, labels, distances, segments, month: date) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "account_no": features["account_no"],
            "segment_id": pd.array([pd.NA] * len(features), "Int32"),
            "segment_code": "unscored",
            "segment_name_en": "Unscored",
            "segment_name_zh": "未评",
            "unscored_reason": reasons,
            "distance_to_centre": np.nan,
            "feature_month": month,
        }
    )
    scored = reasons.isna().to_numpy()
    chosen = [segments[label] for label in labels]
    table.loc[scored, "segment_id"] = pd.array([s.segment_id for s in chosen], "Int32")
    for column in ("segment_code", "segment_name_en", "segment_name_zh"):
        table.loc[scored, column] = [getattr(s, column) for s in chosen]
    table.loc[scored, "distance_to_centre"] = np.round(distances, 6)
    return table


def _profile(scored, used, labels, segments) -> pd.DataFrame:
    """One row per segment and feature: the medians a person can check, in original units."""
    rows = []
    for cluster, named in enumerate(segments or []):
        members = scored[labels == cluster]
        for name in used:
            rows.append(
                {
                    **named._asdict(),
                    "accounts": len(members),
                    "share": len(members) / len(scored),
                    "feature": name,
                    "segment_median": float(members[name].astype(float).median()),
                    "overall_median": float(scored[name].astype(float).median()),
                }
            )
    columns = [*Segment._fields, "accounts", "share", "feature"]
    table = pd.DataFrame(rows, columns=[*columns, "segment_median", "overall_median"])
    return table.sort_values(["segment_id", "feature"], ignore_index=True)


def _card(model, month, rows, metrics, params, notes) -> Card:
    names = ", ".join(s.segment_name_en for s in sorted(model.segments))
    names_zh = "、".join(s.segment_name_zh for s in sorted(model.segments))
    ari, k = metrics["bootstrap_ari_mean"], metrics["k"]
    verdict = "stable" if metrics["is_stable"] else "NOT stable: treat the split with care"
    verdict_zh = "稳定" if metrics["is_stable"] else "不稳定，请谨慎使用"
    left_out = f" {'; '.join(notes)}." if notes else ""
    return Card(
        "segments",
        _window_start(month),
        month,
        rows,
        model.features,
        metrics,
        _plain(params),
        f"{rows} accounts in {k} segments ({names}). Refitted on resamples the split agrees at an "
        f"adjusted Rand index of {ari:.2f} ({verdict}).{left_out} Segments describe use, not "
        "people; they are no ground for refusing a service.",
        f"{rows} 户划分为 {k} 个客群（{names_zh}）。"
        f"重抽样后划分一致性（ARI）{ari:.2f}，{verdict_zh}。"
        "客群只描述用电行为，不得作为拒绝服务的依据。",
    )


def _window_start(month: date) -> date:
    """First month of the twelve that the features span."""
    return (pd.Timestamp(month) - pd.DateOffset(months=11)).date() if month.year > 1 else month


def _plain(params: SegmentParams) -> dict:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in vars(params).items()
    }
