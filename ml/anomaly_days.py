"""The day on which a case began and ended, from the days around the weeks that show it."""

import numpy as np
import pandas as pd

_AROUND = 10  # days that a whole week can be off, and some
_BESIDE = 28  # days held against each other


def dated(cases: pd.DataFrame, daily: pd.DataFrame) -> pd.DataFrame:
    """``cases`` (of ``anomaly.cases``) with started_on and ended_on to the day.

    ``daily``: account_no, day, usage_kwh, peak_kwh, flat_kwh, valley_kwh of the days that were
    read (null values where they were not usable), of the accounts of ``cases``. A use case starts
    where the days after differ most from the days before; a gap on the day after the last read.
    Cases without such days keep their weeks.
    """
    if cases.empty:
        return cases
    daily = daily.assign(day=pd.to_datetime(daily["day"])).sort_values(["account_no", "day"])
    by_account = daily.groupby("account_no").indices
    day = daily["day"].to_numpy().astype("datetime64[D]")
    registers = daily[["peak_kwh", "flat_kwh", "valley_kwh"]].to_numpy(dtype=float)
    total = daily[["usage_kwh"]].to_numpy(dtype=float)
    start, end = (
        pd.to_datetime(cases[name]).to_numpy().astype("datetime64[D]").copy()
        for name in ("started_on", "ended_on")
    )
    for row, (account, kind) in enumerate(
        cases[["account_no", "case_kind"]].itertuples(index=False)
    ):
        rows = by_account.get(account)
        if rows is None:
            continue
        days = day[rows]
        if kind == "reads":
            start[row], end[row] = _gap(days[np.isfinite(total[rows, 0])], start[row], end[row])
            continue
        use = registers[rows] if np.isfinite(registers[rows]).any() else total[rows]
        start[row] = _break(days, use, start[row])
        if not np.isnat(end[row]):
            end[row] = _break(days, use, end[row] + 1) - 1
    return cases.assign(
        **{
            name: pd.Series(values, index=cases.index).astype(cases[name].dtype)
            for name, values in (("started_on", start), ("ended_on", end))
        }
    )


def _gap(read: np.ndarray, start, end):
    """First and last day of the longest hole that meets the weeks of the gap."""
    before = read[read < start + _AROUND]
    if len(before):
        # The reads of the first week of the gap may be on both sides of its beginning.
        inside = read[(read >= start) & (read < start + _AROUND)]
        start = (inside[-1] if len(inside) and inside[-1] <= start + 6 else before[-1]) + 1
    if not np.isnat(end):
        after = read[read >= start]
        end = after[0] - 1 if len(after) else end
    return start, end


def _break(days: np.ndarray, use: np.ndarray, at):
    """The day near ``at`` that parts the days before it from those after it most."""
    best, chosen = -1.0, at
    spread = np.nanstd(use, axis=0) + 1e-9 if np.isfinite(use).any() else np.ones(use.shape[1])
    for by in range(-_AROUND, _AROUND + 1):
        here = at + by
        before = use[(days < here) & (days >= here - _BESIDE)]
        after = use[(days >= here) & (days < here + _BESIDE)]
        before, after = (part[np.isfinite(part).all(axis=1)] for part in (before, after))
        if min(len(before), len(after)) < 5:
            continue
        gap = (after.mean(axis=0) - before.mean(axis=0)) / spread
        score = float((gap**2).sum() / (1 / len(before) + 1 / len(after)))
        if score > best:
            best, chosen = score, here
    return chosen
