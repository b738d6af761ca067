"""A segmentation: its features, how it is fitted, how many clusters it has, and what is kept of it.

KMeans on a few clipped and standardised features. The number of clusters is the one with the best
silhouette (of nearly equal ones the most stable) among those that are stable: refitted on bootstrap
resamples they give nearly the same split of the same accounts (adjusted Rand index; Hennig 2007,
"Cluster-wise assessment of cluster stability"). Which accounts are scored, and what comes out, is
in ``ml.segments``.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from ml.segment_names import Segment

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
    refit_after_months: int = 6  # a heating and a cooling season: behaviour drifts no faster
    candidates: tuple[int, ...] = (3, 4, 5, 6, 7, 8)  # fewer say nothing, more nobody remembers
    bootstraps: int = 20
    stable_ari: float = 0.8  # above it two splits agree on nearly every account
    stability_sample: int = 20_000  # accounts that the number of clusters is chosen on, at most
    silhouette_sample: int = 5_000  # its cost is quadratic
    silhouette_margin: float = (
        0.02  # closer silhouettes are equal: from month to month they move so
    )
    min_accounts: int = 30  # ten for each of the fewest clusters
    min_usable_days: int = 180  # half a year: a winter or a summer, and the seasons between
    min_feature_share: float = 0.5  # a feature that fewer accounts have is left out
    clip_quantiles: tuple[float, float] = (0.01, 0.99)  # one odd meter must not make a segment
    match_limit: float = 0.5  # standard deviations that a segment may move and stay itself


class Winsoriser(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Clips each column to quantiles of the rows it was fitted on."""

    def __init__(self, low: float = 0.01, high: float = 0.99):
        """``low``, ``high``: quantiles, 0–1."""
        self.low = low
        self.high = high

    def fit(self, X: np.ndarray, y: None = None) -> "Winsoriser":
        """Learn the limits of each column of ``X`` (rows × features)."""
        self.n_features_in_ = X.shape[1]
        self.limits_ = np.quantile(X, [self.low, self.high], axis=0)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """``X`` within the limits."""
        return np.clip(X, self.limits_[0], self.limits_[1])


@dataclass
class SegmentModel:
    """A fitted segmentation. ``segments`` is in the order of the pipeline's clusters."""

    features: list[str]
    pipeline: Pipeline
    segments: list[Segment]
    trained_to: date
    trained_rows: int
    metrics: dict
    last_id: int

    def as_dict(self) -> dict:
        """Plain values and the pipeline, for ``ml.model_store``."""
        return {
            "features": self.features,
            "pipeline": self.pipeline,
            "segments": [segment._asdict() for segment in self.segments],
            "trained_to": self.trained_to.isoformat(),
            "trained_rows": self.trained_rows,
            "metrics": self.metrics,
            "last_id": self.last_id,
        }

    @classmethod
    def from_dict(cls, data: dict) -> "SegmentModel":
        """The model that ``as_dict`` gave. Raises ``ValueError`` for another dictionary."""
        try:
            return cls(
                features=list(data["features"]),
                pipeline=data["pipeline"],
                segments=[Segment(**segment) for segment in data["segments"]],
                trained_to=date.fromisoformat(data["trained_to"]),
                trained_rows=int(data["trained_rows"]),
                metrics=dict(data["metrics"]),
                last_id=int(data["last_id"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(
                f"not a segment model of this version: {error}. Delete the stored model; the next "
                "run fits anew and numbers segments from 1."
            ) from error

    def centroids(self) -> pd.DataFrame:
        """Cluster centres before scaling (logarithms where FEATURES says so), one row a cluster."""
        scaler, kmeans = self.pipeline[-2], self.pipeline[-1]
        return pd.DataFrame(
            scaler.inverse_transform(kmeans.cluster_centers_), columns=self.features
        )


def transformed(features: pd.DataFrame, used: list[str]) -> np.ndarray:
    """The pipeline's input (accounts × ``used``): logarithms where FEATURES says so."""
    columns = [
        np.log(np.maximum(features[name].astype(float), _SMALLEST))
        if FEATURES[name]
        else features[name].astype(float)
        for name in used
    ]
    return np.column_stack(columns)


def fit(matrix: np.ndarray, k: int, params: SegmentParams) -> Pipeline:
    """A fitted pipeline of ``k`` clusters, clipping and scaling included."""
    return make_pipeline(
        Winsoriser(*params.clip_quantiles),
        StandardScaler(),
        KMeans(k, n_init=10, random_state=params.seed),
    ).fit(matrix)


def choose_k(matrix: np.ndarray, k_before: int | None, params: SegmentParams) -> tuple[int, dict]:
    """The number of clusters, and the figures of all candidates; (0, {}) if all accounts are alike.

    Among stable candidates of equal silhouette, that of the model before (``k_before``) stays,
    because names should not flicker; otherwise the most stable one counts. If none is stable, the
    most stable one counts too, and ``is_stable`` is false.
    """
    if len(matrix) > params.stability_sample:
        chosen = np.random.default_rng(params.seed).choice(
            len(matrix), params.stability_sample, replace=False
        )
        matrix = matrix[np.sort(chosen)]
    distinct = len(np.unique(matrix, axis=0))
    # A cluster of fewer than five accounts is no segment.
    possible = [k for k in params.candidates if k * 5 <= distinct]
    tried = {k: _figures(matrix, k, params) for k in possible}
    # Clipping can leave nothing to split by.
    tried = {k: figures for k, figures in tried.items() if figures["silhouette"] is not None}
    if not tried:
        return 0, {}
    stable = {k: v for k, v in tried.items() if v["bootstrap_ari_mean"] >= params.stable_ari}
    if stable:
        highest = max(figures["silhouette"] for figures in stable.values())
        lowest = highest - params.silhouette_margin
        equal = {k: v for k, v in stable.items() if v["silhouette"] >= lowest}
        best = max(equal, key=lambda k: (k == k_before, equal[k]["bootstrap_ari_mean"], -k))
    else:
        best = max(tried, key=lambda k: tried[k]["bootstrap_ari_mean"])
    metrics = {"k": best, "is_stable": bool(stable), **tried[best]}
    metrics["candidates"] = {str(k): figures for k, figures in tried.items()}
    return best, metrics


def _figures(matrix: np.ndarray, k: int, params: SegmentParams) -> dict:
    reference = fit(matrix, k, params)
    labels = reference.predict(matrix)
    generator = np.random.default_rng([params.seed, k])
    agreement = []
    for _ in range(params.bootstraps):
        resample = matrix[generator.integers(0, len(matrix), len(matrix))]
        agreement.append(adjusted_rand_score(labels, fit(resample, k, params).predict(matrix)))
    return {
        "bootstrap_ari_mean": round(float(np.mean(agreement)), 4),
        "bootstrap_ari_low": round(float(np.quantile(agreement, 0.1)), 4),
        "silhouette": silhouette(reference, matrix, labels, params),
    }


def silhouette(
    pipeline: Pipeline, matrix: np.ndarray, labels: np.ndarray, params: SegmentParams
) -> float | None:
    """Mean silhouette (−1..1) of a split; None if only one cluster has accounts."""
    if len(np.unique(labels)) < 2 or len(matrix) <= len(np.unique(labels)):
        return None
    scaled = pipeline[:-1].transform(matrix)
    sample = params.silhouette_sample if len(scaled) > params.silhouette_sample else None
    score = silhouette_score(scaled, labels, sample_size=sample, random_state=params.seed)
    return round(float(score), 4)
