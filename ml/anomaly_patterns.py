"""What each cause does to a week's registers, to the transformer's loss and to the meter's events.

Put into accounts of the branch itself, they are what the model of causes learns from: a branch has
thousands of accounts and a dozen findings. The patterns are physics with wide ranges (Jokar,
Arianpoor & Leung 2016; Zheng et al. 2018 for theft), no branch's figures.
"""

import numpy as np
import pandas as pd

from ml.anomaly_panel import Panel

# What use can show; reads that don't arrive show nothing (ml.anomaly_gaps).
CAUSES = (
    "theft_scaled",
    "theft_night",
    "theft_phase",
    "meter_fault",
    "clock_fault",
    "vacancy",
    "tariff_misuse",
    "over_capacity",
    "pump_leak",
)
NONE = "none"
RETURNED = "returned"  # an innocent who was away before: what went up was down
_REPORTED = 0.5  # of the cases, the meter sends an event; makers promise more


def candidates(of: Panel, who: str) -> np.ndarray:
    """Rows of the accounts that a cause can befall: ``who`` of the seed anomaly_cause."""
    category = of.accounts["category"]
    has = {
        "any": np.ones(len(category), dtype=bool),
        "registers": np.isfinite(of.kwh[:, :, 1:]).any(axis=(1, 2)),
        "three_phase": of.accounts["is_three_phase"].to_numpy(dtype=bool),
        "home": (category == "residential").to_numpy(),
        "firm": (category != "residential").to_numpy(),
        "farm": (category == "agricultural").to_numpy(),
    }[who]
    weeks = np.isfinite(of.kwh[:, :, 0]).sum(axis=1)
    return np.flatnonzero(has & (weeks >= 30))


def plant(
    of: Panel,
    causes: pd.DataFrame,
    each: int,
    longest_since_end: int,
    generator: np.random.Generator,
) -> tuple[Panel, np.ndarray]:
    """``each`` accounts of a cause with it, and the causes; those that fit fewer are used again.

    As many innocents (NONE) are there who were away before.

    ``causes``: the seed anomaly_cause. A cause that no account of ``of`` can have is left out.
    """
    rows, names = [], []
    for name, who in causes[["cause", "who"]].itertuples(index=False):
        if name in CAUSES and len(can := candidates(of, who)):
            rows.append(generator.choice(can, each, replace=len(can) < each))
            names += [name] * each
    if len(can := candidates(of, "any")):
        rows.append(generator.choice(can, each, replace=len(can) < each))
        names += [RETURNED] * each
    if not rows:
        return of.take(np.empty(0, dtype=int)), np.empty(0, dtype=object)
    events = causes.set_index("cause")["event_code"]
    planted = of.take(np.concatenate(rows))
    shop = _commercial_shares(of)
    for row, name in enumerate(names):
        start, end = _when(planted.kwh.shape[1], longest_since_end, generator)
        if name == RETURNED:
            _one(planted, row, "vacancy", slice(0, start), shop, generator)
            continue
        _one(planted, row, name, slice(start, end), shop, generator)
        if events[name] in planted.codes and generator.random() < _REPORTED:
            at = min(start + int(generator.integers(0, 4)), planted.kwh.shape[1] - 1)
            planted.events[row, at, planted.codes.index(events[name])] = True
    names = np.array(names, dtype=object)
    return planted, np.where(names == RETURNED, NONE, names)


def _when(width: int, longest_since_end: int, generator) -> tuple[int, int]:
    since = 0 if generator.random() < 0.75 else int(generator.integers(1, longest_since_end + 1))
    end = width - since
    length = int(np.clip(np.exp(generator.normal(np.log(18), 0.8)), 3, end - 12))
    return end - length, end


def _commercial_shares(of: Panel) -> np.ndarray:
    """Median shares of peak, flat and valley of the branch's shops."""
    rows = (of.accounts["category"] == "commercial").to_numpy()
    use = of.kwh[rows][:, :, 1:]
    known = np.isfinite(use).all(axis=2)
    use = use[known]
    use = use[use.sum(axis=1) > 0]
    if not len(use):
        return np.array([0.5, 0.35, 0.15])
    shares = np.median(use / use.sum(axis=1, keepdims=True), axis=0)
    return shares / shares.sum()


def _one(of: Panel, row: int, cause: str, at: slice, shop: np.ndarray, generator) -> None:
    draw = generator.random
    kwh = of.kwh[row, at]
    before = kwh.copy()
    width = len(kwh)
    is_measured_less = True
    if cause == "theft_scaled":
        kwh *= 0.15 + 0.65 * draw()
    elif cause == "theft_night":
        kwh[:, 3] *= 0.3 * draw()
    elif cause == "theft_phase":
        kwh *= (2 / 3 if draw() < 0.6 else 1 / 3) * np.exp(generator.normal(0, 0.03))
    elif cause == "meter_fault":
        if draw() < 0.4:
            kwh *= 0
        else:
            # Slows over two to eight months.
            steps = np.minimum(np.arange(1, width + 1) / generator.integers(8, 35), 1)
            kwh *= (1 - (0.3 + 0.5 * draw()) * steps)[:, None]
    elif cause == "clock_fault":
        share, by = 0.5 + 0.5 * draw(), 1 if draw() < 0.5 else -1
        kwh[:, 1:] = (1 - share) * kwh[:, 1:] + share * np.roll(kwh[:, 1:], by, axis=1)
    else:
        is_measured_less = False
        _use_differently(of, row, kwh, cause, shop, generator)
    _total(kwh, before)
    gone = np.nan_to_num(before[:, 0] - kwh[:, 0])
    if is_measured_less:
        of.loss[row, at] += gone
    else:
        of.supplied[row, at] -= gone
    if not kwh[:, 0].any():
        of.zero[row, at] = np.where(np.isfinite(kwh[:, 0]), 1, np.nan)
    of.kwh[row, at] = kwh


def _use_differently(of: Panel, row: int, kwh, cause: str, shop, generator) -> None:
    draw = generator.random
    usual = float(np.nanmean(of.kwh[row, :, 0]))
    if cause == "vacancy":
        kwh *= 0.08 * draw() ** 2
    elif cause == "tariff_misuse":
        extra = 6 + 34 * draw()
        kwh[:, 1:] += extra * shop * np.exp(generator.normal(0, 0.1, 3))
        kwh[:, 0] += extra
    elif cause == "over_capacity":
        # A firm's highest hour is some eight hundredths of its day.
        capacity = float(of.accounts["capacity_kva"].iloc[row])
        top = float(np.nanmax(of.kwh[row, :, 0])) * (0.06 + 0.05 * draw())
        wanted = (1 + 0.5 * draw()) * capacity / top if top > 0 and capacity > 0 else 1
        kwh *= np.clip(wanted, 1.15, 4)
    else:
        extra = (0.2 + 1.0 * draw()) * usual
        # Eight hours a window.
        kwh[:, 1:] += extra / 3
        kwh[:, 0] += extra


def _total(kwh: np.ndarray, before: np.ndarray) -> None:
    """The total follows the registers where only they were changed."""
    known = np.isfinite(kwh[:, 1:]).all(axis=1)
    changed = known & np.isclose(kwh[:, 0], before[:, 0])
    gap = before[changed, 1:].sum(axis=1) - kwh[changed, 1:].sum(axis=1)
    kwh[changed, 0] = np.maximum(before[changed, 0] - gap, 0)
