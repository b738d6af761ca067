"""Days in a row that nobody read: reads that do not arrive, or a supply that was left."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.anomaly_panel import Panel, means


@dataclass(frozen=True)
class GapParams:
    """Settings, each with its reason."""

    least: int = 2  # weeks mostly unread: less is repaired before anybody looks
    ended: int = 13  # weeks ago; older gaps are history
    collection: float = 0.85  # of gaps, where nothing else is known
    event_odds: float = 9.0  # a meter that reported its silence
    left_odds: float = 0.15  # use had fallen below two fifths before it ended
    left_ratio: float = 0.4
    long_weeks: int = 10  # a link is mended in two months; who has left is not
    long_odds: float = 0.1
    nothing: float = 0.05


def gaps(of: Panel, event_code: str | None, params: GapParams | None = None) -> pd.DataFrame:
    """One row an account with a gap: row (of the panel), start, end (weeks, end the first after),
    unread_days, collection_gap, vacancy, none (probabilities)."""
    params = params or GapParams()
    width = of.kwh.shape[1]
    silent = np.nan_to_num(of.unread) > 0.5
    # The newest run that is long enough, by walking back from the newest week.
    end = np.zeros(len(silent), dtype=int)
    start = np.zeros(len(silent), dtype=int)
    run = np.zeros(len(silent), dtype=int)
    found = np.zeros(len(silent), dtype=bool)
    for week in range(width - 1, -1, -1):
        going = silent[:, week]
        ends = (run >= params.least) & ~going & ~found
        found |= ends
        start = np.where(ends, week + 1, start)
        end = np.where(ends, week + 1 + run, end)
        run = np.where(going, run + 1, 0)
    rows = np.flatnonzero(found & (end >= width - params.ended))
    start, end = start[rows], end[rows]
    week = np.arange(width)
    within = (week >= start[:, None]) & (week < end[:, None])
    before = (week >= (start - 8)[:, None]) & (week < start[:, None])
    use = of.kwh[rows][:, :, 0]
    earlier = means(use, (week < (start - 8)[:, None]).astype(float))
    ratio = means(use, before.astype(float)) / np.where(earlier > 0, earlier, np.nan)
    odds = np.full(len(rows), params.collection / (1 - params.collection))
    odds = np.where(ratio < params.left_ratio, odds * params.left_odds, odds)
    odds = np.where(end - start >= params.long_weeks, odds * params.long_odds, odds)
    if event_code in of.codes:
        sent = of.events[rows][:, :, of.codes.index(event_code)]
        near = (week >= (start - 2)[:, None]) & (week < (start + 3)[:, None])
        odds = np.where((sent & near).any(axis=1), odds * params.event_odds, odds)
    gap = (1 - params.nothing) * odds / (1 + odds)
    return pd.DataFrame(
        {
            "row": rows,
            "start": start,
            "end": end,
            "unread_days": np.rint((np.nan_to_num(of.unread[rows]) * within).sum(axis=1) * 7),
            "collection_gap": gap,
            "vacancy": 1 - params.nothing - gap,
            "none": params.nothing,
        }
    )
