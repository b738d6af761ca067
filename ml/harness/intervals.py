"""Bootstrap intervals: of a figure, and of the difference of two scores on the same rows.

Rows are drawn with replacement, or whole clusters of rows (a customer with many accounts or many
months is one fact, not many), within strata if given (an arm, a label) so that each keeps its size.
A draw is a weight for each row; figures take weights, so nothing is copied or sorted twice.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd


class Interval(NamedTuple):
    """A figure on all rows with the percentile interval of its resamples."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Three digits: value [low, high]."""
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class Bootstrap:
    """How intervals are drawn, each setting with its reason."""

    draws: int = 500  # the ends of a 95 % interval then move by a tenth of its width
    level: float = 0.95
    seed: int = 20260101

    def weights(
        self,
        rows: int,
        cluster: np.ndarray | pd.Series | None = None,
        strata: np.ndarray | pd.Series | None = None,
    ) -> Iterator[np.ndarray]:
        """Weights (rows) of each draw, whole numbers as doubles.

        Raises ``ValueError`` when a cluster lies in two strata.
        """
        generator = np.random.default_rng(self.seed)
        member = np.arange(rows) if cluster is None else pd.factorize(np.asarray(cluster))[0]
        units = int(member.max()) + 1
        stratum = np.zeros(units, dtype=np.int64)
        if strata is not None:
            of_row = pd.factorize(np.asarray(strata))[0]
            stratum[member] = of_row
            if (stratum[member] != of_row).any():
                raise ValueError("a cluster lies in two strata: they cannot both keep their size")
        groups = [np.flatnonzero(stratum == number) for number in range(stratum.max() + 1)]
        for _ in range(self.draws):
            count = np.zeros(units)
            for group in groups:
                drawn = generator.integers(len(group), size=len(group))
                count[group] = np.bincount(drawn, minlength=len(group))
            yield count[member]

    def interval(
        self, figure: Callable[[np.ndarray], float], rows: int, cluster=None, strata=None
    ) -> Interval:
        """``figure`` (of weights) on all rows once, and its interval.

        Draws in which the figure is not defined (NaN) are left out; NaN when more than a tenth are.
        """
        value = figure(np.ones(rows))
        drawn = np.array([figure(weight) for weight in self.weights(rows, cluster, strata)])
        drawn = drawn[~np.isnan(drawn)]
        if len(drawn) < 0.9 * self.draws:
            return Interval(value, float("nan"), float("nan"))
        low, high = np.quantile(drawn, [(1 - self.level) / 2, (1 + self.level) / 2])
        return Interval(float(value), float(low), float(high))


def paired_difference(
    measure: Callable[..., float],
    outcome: np.ndarray,
    ours: np.ndarray,
    theirs: np.ndarray,
    bootstrap: Bootstrap | None = None,
    cluster=None,
    strata=None,
) -> Interval:
    """``measure`` of ``ours`` minus that of ``theirs``, both on the same rows of every draw.

    ``measure``: takes outcome, score and weight. What both find hard cancels out, so the interval
    is narrower than the two intervals beside each other suggest.
    """
    return (bootstrap or Bootstrap()).interval(
        lambda weight: (
            measure(outcome, ours, weight=weight) - measure(outcome, theirs, weight=weight)
        ),
        len(outcome),
        cluster,
        strata,
    )
