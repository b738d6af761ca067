"""Classes of short Chinese texts by their characters: no word list, no downloaded weights.

Character sequences of one to three stand in for words, which Chinese does not separate; a linear
support vector machine weighs them. Its decision values rank; they are no probabilities.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC


@dataclass(frozen=True)
class TextParams:
    """Settings, each with its reason."""

    longest: int = 3  # four was no better on 62,000 reviews and took half as long again
    min_texts: int = 3  # a sequence of fewer texts is a name or a slip
    c: float = 0.25  # a margin that lets single texts be wrong
    seed: int = 20260101


def pipeline(params: TextParams | None = None) -> Pipeline:
    """An unfitted pipeline from texts (an array or series) to a class."""
    params = params or TextParams()
    sequences = TfidfVectorizer(
        analyzer="char",
        ngram_range=(1, params.longest),
        min_df=params.min_texts,
        sublinear_tf=True,
        dtype=np.float32,
    )
    return Pipeline(
        [
            ("sequences", sequences),
            ("model", LinearSVC(C=params.c, random_state=params.seed)),
        ]
    )
