"""Chinese reviews: is it praise (AUC), and which of ten goods is it about (accuracy)?"""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import train_test_split

from bench.public import data
from bench.public.row import Row
from ml.harness import measures
from ml.harness.intervals import Bootstrap
from ml.text_classifier import pipeline

SEED = 20260101
_SPLIT = "random fifth, no text twice"


def reviews(folder: Path, bootstrap: Bootstrap, sample: int | None = None) -> list[Row]:
    """AUC on both corpora and accuracy over ten classes. ``sample``: every so-manieth review."""
    food, shop = (part.iloc[::sample].reset_index(drop=True) for part in data.reviews(folder))
    learn, test = _cut(food, food["label"])
    model = pipeline().fit(food["review"][learn], food["label"][learn])
    rows = [_auc("Reviews, take-away", food, test, model, 0.948, bootstrap)]
    learn, test = _cut(shop, shop["cat"] + shop["label"].astype(str))
    # Both questions are asked of the same texts: their sequences are counted once.
    model = pipeline().fit(shop["review"][learn], shop["label"][learn])
    rows.append(_auc("Reviews, shops", shop, test, model, 0.978, bootstrap))
    sequences, linear = model[0], clone(model[-1])
    known = sequences.transform(shop["review"][learn])
    linear.fit(known, shop["cat"][learn])
    right = linear.predict(sequences.transform(shop["review"][test])) == shop["cat"][test]
    right = right.to_numpy(dtype=float)
    rows.append(
        Row(
            "Reviews, shops",
            "accuracy, ten goods",
            bootstrap.interval(lambda w: float((w * right).sum() / w.sum()), len(right)),
            0.902,
            "TF-IDF + logistic",
            f"{len(right):,} texts; {_SPLIT}; most frequent class "
            f"{shop['cat'][test].value_counts(normalize=True).iloc[0]:.3f}",
        )
    )
    return rows


def _cut(table: pd.DataFrame, strata: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    return train_test_split(
        np.arange(len(table)), test_size=0.2, random_state=SEED, stratify=strata
    )


def _auc(name, table, test, model, beside, bootstrap) -> Row:
    score = model.decision_function(table["review"][test])
    event = table["label"].to_numpy()[test]
    return Row(
        name,
        "sentiment, ROC AUC",
        bootstrap.interval(lambda w: measures.auc(event, score, w), len(test)),
        beside,
        "TF-IDF + logistic",
        f"{len(test):,} texts; {_SPLIT}",
    )
