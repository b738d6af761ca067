"""What a cluster is called, and which of last month's segments it is."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment


class Segment(NamedTuple):
    """Number and name of a segment; both stay while the segment does."""

    segment_id: int
    segment_code: str
    segment_name_en: str
    segment_name_zh: str


def name_and_number(
    centroids: pd.DataFrame,
    spread: np.ndarray,
    rules: pd.DataFrame,
    previous,
    limit: float,
) -> tuple[list[Segment], int]:
    """Segments in the order of ``centroids``' rows, and the highest number ever given.

    A cluster within ``limit`` standard deviations (``spread``, root mean square over features) of
    one of ``previous``' segments takes its number and name; the pairing with the least total
    distance counts (Hungarian method). The others get new numbers, by rising use, and a name by
    rule. Raises ``ValueError`` if no rule is the fallback (the one without a feature).
    """
    kept = _match(centroids, spread, previous, limit)
    taken = {segment.segment_code for segment in kept.values()}
    fresh = [cluster for cluster in range(len(centroids)) if cluster not in kept]
    names = _names(centroids, spread, rules, fresh, taken)
    last_id = previous.last_id if previous else 0
    level = centroids.columns[0]
    for cluster in sorted(fresh, key=lambda row: centroids.loc[row, level]):
        last_id += 1
        kept[cluster] = Segment(last_id, *names[cluster])
    return [kept[cluster] for cluster in range(len(centroids))], last_id


def _match(centroids, spread, previous, limit) -> dict[int, Segment]:
    if previous is None:
        return {}
    # A source that starts or stops to deliver a feature must not cost the segments their numbers.
    common = [name for name in centroids.columns if name in previous.features]
    if not common:
        return {}
    scale = pd.Series(spread, centroids.columns)[common].to_numpy()
    old = previous.centroids()[common].to_numpy()
    gaps = (centroids[common].to_numpy()[:, None, :] - old[None, :, :]) / scale
    distance = np.sqrt((gaps**2).mean(axis=2))
    # Pairs beyond the limit cost all the same, so they can't push a true pair apart.
    pairs = zip(*linear_sum_assignment(np.where(distance <= limit, distance, 1e6)), strict=True)
    return {
        int(new): previous.segments[int(was)] for new, was in pairs if distance[new, was] <= limit
    }


def _names(centroids, spread, rules, clusters, taken) -> dict[int, tuple[str, str, str]]:
    """The rule that fits best, each name once; what no rule fits is the fallback, numbered."""
    scaled = (centroids - centroids.mean()) / spread
    usable = rules[rules["feature"].isin(centroids.columns) & ~rules["segment_code"].isin(taken)]
    usable = usable.assign(priority=usable["priority"].astype(int))
    usable = usable.sort_values("priority", ignore_index=True)
    strength = np.zeros((len(clusters), len(usable)))
    for column, rule in usable.iterrows():
        z = scaled.loc[clusters, rule["feature"]].to_numpy() * float(rule["direction"])
        # A rule's order decides only between equals.
        strength[:, column] = np.where(z >= float(rule["min_z"]), z - column * 1e-6, 0.0)
    names = {}
    for row, column in zip(*linear_sum_assignment(-strength), strict=True):
        if strength[row, column] > 0:
            rule = usable.loc[column]
            names[clusters[row]] = (rule["segment_code"], rule["name_en"], rule["name_zh"])
    return names | _fallback_names(rules, [c for c in clusters if c not in names], taken)


def _fallback_names(rules, clusters, taken) -> dict[int, tuple[str, str, str]]:
    fallback = rules[rules["feature"].isna() | (rules["feature"] == "")]
    if fallback.empty:
        raise ValueError("seeds/segment_name_rule.csv: no rule without a feature as fallback")
    base = fallback.iloc[0]
    names, used, number = {}, set(taken), 1
    for cluster in clusters:
        code, suffix = base["segment_code"], ""
        while code in used:
            number += 1
            code, suffix = f"{base['segment_code']}_{number}", f" {number}"
        used.add(code)
        names[cluster] = (code, base["name_en"] + suffix, base["name_zh"] + suffix)
    return names
