"""Whether a new model replaces the one in use."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.harness.intervals import Bootstrap, Interval, paired_difference


@dataclass(frozen=True)
class Decision:
    """``gain``: challenger minus champion on the newest period, in the measure's favourable
    sense."""

    promoted: bool
    period: object
    rows: int
    gain: Interval
    reason_en: str
    reason_zh: str


def decide(
    outcome: np.ndarray,
    champion: np.ndarray,
    challenger: np.ndarray,
    measure,
    period: pd.Series,
    *,
    higher_is_better: bool = True,
    cluster=None,
    bootstrap: Bootstrap | None = None,
) -> Decision:
    """Promote the challenger only if, on the newest period, the whole interval of its gain is
    above 0.

    ``outcome``, ``champion``, ``challenger``: outcomes and scores of test rows (1-d); neither model
    may have learned from them. ``measure``: takes outcome, score and weight. ``period``: period of
    each row, the greatest is the newest. ``cluster``: the bootstrap's, one value a row.
    """
    outcome, champion, challenger = map(np.asarray, (outcome, champion, challenger))
    period = pd.Series(period).reset_index(drop=True)
    newest = (period == period.max()).to_numpy()
    gain = paired_difference(
        measure,
        outcome[newest],
        challenger[newest],
        champion[newest],
        bootstrap,
        None if cluster is None else np.asarray(cluster)[newest],
    )
    if not higher_is_better:
        gain = Interval(-gain.value, -gain.high, -gain.low)
    promoted = bool(gain.low > 0)
    word_en, word_zh = ("promoted", "上线") if promoted else ("not promoted", "不上线")
    why_en, why_zh = (
        ("excludes zero in its favour", "全部大于零")
        if promoted
        else ("does not exclude zero in its favour", "未全部大于零")
    )
    return Decision(
        promoted,
        period.max(),
        int(newest.sum()),
        gain,
        f"challenger {word_en}: its gain of {gain} on the newest period {why_en}",
        f"挑战者{word_zh}：在最新一期上的增益 {gain}，区间{why_zh}",
    )
