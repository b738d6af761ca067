"""Theft patterns of the literature put into real London homes, and who finds them.

Injected, not found: nobody in London is known to have stolen. Patterns after Jokar, Arianpoor &
Leung (2016) and Zheng et al. (2018), as far as daily sums can show them; their sixth, the day's
hours in reverse order, leaves a day's sum as it was.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier

from bench.public import data
from bench.public.row import Row
from ml import anomaly_features
from ml.harness import measures
from ml.harness.intervals import Bootstrap

SEED = 20260101
TRAIN_AT = ("2013-06-30", "2013-09-30")
TEST_AT = "2013-12-31"
TRAIN_SHARE, TEST_SHARE = 0.25, 0.05  # of the homes; more in training, or there is little to learn
LIST = 50
PATTERNS = {
    "scaled": "every day times one factor, 0.2–0.8",
    "scaled by day": "every day times its own factor, 0.2–0.8",
    "zero hours": "a quarter to three quarters of each day missing",
    "zero days": "three to seven of ten days zero",
    "mean": "the mean of the past every day",
    "random mean": "the mean of the past times a factor of the day, 0.2–0.8",
}


def inject(kwh: np.ndarray, before: float, pattern: str, generator: np.random.Generator):
    """``kwh`` (days) from the theft's first day on, as the pattern shows it; ``before``: mean
    use."""
    days = len(kwh)
    factor = generator.uniform(0.2, 0.8)
    if pattern == "scaled":
        return kwh * factor
    if pattern == "scaled by day":
        return kwh * generator.uniform(0.2, 0.8, days)
    if pattern == "zero hours":
        # The hours are the same each day; what they hold is not.
        missing = generator.uniform(0.25, 0.75) * generator.uniform(0.8, 1.2, days)
        return kwh * (1 - missing)
    if pattern == "zero days":
        return np.where(generator.random(days) < generator.uniform(0.3, 0.7), 0, kwh)
    if pattern == "mean":
        return np.where(np.isnan(kwh), np.nan, before)
    if pattern == "random mean":
        return np.where(np.isnan(kwh), np.nan, before * generator.uniform(0.2, 0.8, days))
    raise ValueError(pattern)


def tampered(
    daily: pd.DataFrame, at: pd.Timestamp, share: float, seed: int
) -> tuple[pd.DataFrame, pd.Series]:
    """``daily`` until ``at`` with thefts since 30 to 150 days, and the pattern by series."""
    generator = np.random.default_rng(seed)
    daily = daily[daily["day"] <= at].reset_index(drop=True)
    place = daily.groupby("series").indices
    kwh, day = daily["kwh"].to_numpy().copy(), daily["day"].to_numpy()
    names = np.sort(list(place))
    chosen = generator.choice(names, round(share * len(names)), replace=False)
    kinds = generator.choice(list(PATTERNS), len(chosen))
    for name, kind in zip(chosen, kinds, strict=True):
        since = at - pd.Timedelta(days=int(generator.integers(30, 150)))
        rows = place[name]
        now, old = rows[day[rows] >= since], rows[day[rows] < since]
        if len(now) and len(old):
            kwh[now] = inject(kwh[now], kwh[old].mean(), str(kind), generator)
    return daily.assign(kwh=kwh), pd.Series(kinds, index=chosen)


def theft(folder: Path, bootstrap: Bootstrap, sample: int | None = None) -> list[Row]:
    """AUC and precision at capacity on homes and months never trained on. ``sample``: blocks."""
    daily = data.london(folder, sample)
    names = np.sort(daily["series"].unique())
    learn = np.random.default_rng(SEED).permutation(len(names)) < len(names) // 2
    homes = {True: daily[daily["series"].isin(names[learn])],
             False: daily[daily["series"].isin(names[~learn])]}  # fmt: skip
    parts, labels = [], []
    for number, at in enumerate(TRAIN_AT):
        made, kinds = tampered(homes[True], pd.Timestamp(at), TRAIN_SHARE, SEED + number)
        parts.append(anomaly_features.features(made, pd.Timestamp(at)))
        labels.append(parts[-1].index.isin(kinds.index))
    X, y = pd.concat(parts, ignore_index=True), np.concatenate(labels)
    detector = HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.06, max_leaf_nodes=8, min_samples_leaf=25,
        l2_regularization=5, early_stopping=False, random_state=SEED,
    ).fit(X, y)  # fmt: skip
    made, kinds = tampered(homes[False], pd.Timestamp(TEST_AT), TEST_SHARE, SEED + 99)
    table = anomaly_features.features(made, pd.Timestamp(TEST_AT))
    event = table.index.isin(kinds.index).astype(float)
    score = detector.predict_proba(table)[:, 1]
    clerk = anomaly_features.clerks_rule(table)
    shift = -table["residual_28"].fillna(1).to_numpy()
    k = min(LIST, len(table) // 10)
    pattern = kinds.reindex(table.index)
    found = pd.Series(measures.selection(score, k), table.index).groupby(pattern).mean()
    count = pattern.value_counts()
    per_kind = ", ".join(f"{name} {found[name]:.2f} of {count[name]}" for name in found.index)
    rows = []
    for figure, measure, beside_note in (
        ("ROC AUC", measures.auc, "level shift alone {:.3f}"),
        (f"precision, list of {k}", lambda e, s, w=None: measures.precision_at(e, s, k, w),
         "level shift alone {:.3f}; base rate " + f"{event.mean():.3f}; on the list: {per_kind}"),
    ):  # fmt: skip
        rows.append(
            Row(
                "London, injected theft",
                figure,
                bootstrap.interval(
                    lambda w, m=measure: m(event, score, w), len(event), strata=event
                ),
                measure(event, clerk),
                "clerk: use fell by half",
                f"{int(event.sum())} of {len(event):,} homes; "
                + beside_note.format(measure(event, shift)),
            )
        )
    return rows
