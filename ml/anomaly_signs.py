"""Where in its weeks an account departs from what it would have used, and what that looks like."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.anomaly_panel import CHANNELS, Panel, expected, means


@dataclass(frozen=True)
class SearchParams:
    """Settings, each with its reason. In weeks."""

    least: int = 3  # shorter ones are trips and holidays
    before: int = 10  # known, or there is nothing to depart from
    ended: int = 13  # a case that ended a quarter ago is history
    step: int = 3  # refined afterwards
    largest_ratio: float = 5.0
    least_spread: float = 0.04


SIGNS = [
    *(f"t_{name}" for name in CHANNELS),
    *(f"ratio_{name}" for name in CHANNELS),
    "slope",
    "spread_before",
    "spread_change",
    "zero_days",
    "lowest_week",
    "length",
    "weeks_since_end",
    "change_kwh",
    "level_kwh",
    "change_peak_share",
    "change_valley_share",
    "unread",
    "load_before",
    "load_within",
    "loss_t",
    "loss_match",
    "loss_noise",
    "warmth",
    "is_three_phase",
    "is_home",
    "is_farm",
    "known_change",
]


@dataclass
class Signs:
    """``table``: SIGNS and one ``event_<code>`` a code; start, end: weeks, end the first after."""

    table: pd.DataFrame
    start: np.ndarray
    end: np.ndarray
    within: np.ndarray  # n x W
    excess: np.ndarray  # n, kWh a day that the transformer loses beyond its usual rate, within


def signs(
    of: Panel,
    index: dict[str, np.ndarray],
    weather: dict[str, np.ndarray],
    params: SearchParams | None = None,
) -> Signs:
    """The stretch of weeks of each account that departs most, and its SIGNS.

    Searched twice: what was found first is left out of what the second search holds it against.
    """
    params = params or SearchParams()
    everything = np.ones(of.kwh.shape[:2])
    usual = expected(of, index, weather, everything)
    start, end, _ = _search(_ratio(of.kwh, usual, params), params)
    usual = expected(of, index, weather, np.where(_mask(start, end, of), 0, everything))
    ratio = _ratio(of.kwh, usual, params)
    start, end, _ = _search(ratio, params)
    usual = expected(of, index, weather, np.where(_mask(start, end, of), 0, everything))
    ratio = _ratio(of.kwh, usual, params)
    start, end = _refined(ratio, start, end, params)
    within = _mask(start, end, of)
    table, excess = _described(of, usual, ratio, within, start, end, weather)
    return Signs(table, start, end, within, excess)


def _ratio(kwh: np.ndarray, usual: np.ndarray, params: SearchParams) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.minimum(kwh / usual, params.largest_ratio)


def _mask(start: np.ndarray, end: np.ndarray, of: Panel) -> np.ndarray:
    week = np.arange(of.kwh.shape[1])
    return (week >= start[:, None]) & (week < end[:, None])


def _spread(values: np.ndarray) -> np.ndarray:
    """Robust spread over weeks (axis 1) by the middle half."""
    with np.errstate(all="ignore"):
        ordered = np.sort(values, axis=1)
        known = np.isfinite(values).sum(axis=1, keepdims=True)
        places = [(share * np.maximum(known - 1, 0)).astype(int) for share in (0.25, 0.75)]
        low, high = (np.take_along_axis(ordered, place, 1)[:, 0] for place in places)
        return (high - low) / 1.35


class _Sums:
    """Cumulative over weeks, of ratio − 1 by register (or of the total three times): W + 1 x
    channel x account, so that one week of all accounts lies together."""

    def __init__(self, ratio: np.ndarray, params: SearchParams):
        has_registers = np.isfinite(ratio[:, :, 1:]).any(axis=(1, 2))
        channels = np.where(has_registers[:, None, None], ratio[:, :, 1:], ratio[:, :, :1])
        spread = np.fmax(_spread(channels), params.least_spread).astype(np.float32)
        value = (channels.transpose(1, 2, 0) - 1) / spread.T
        known = np.isfinite(value)
        self.count, self.total = (
            np.concatenate([np.zeros_like(part[:1]), part.cumsum(axis=0)]).astype(np.float32)
            for part in (known.astype(np.int32), np.where(known, value, 0).astype(np.float64))
        )
        self.params = params

    def score(self, count_in, total_in, count_before) -> np.ndarray:
        """Sum over registers of the squared difference of the means within and without, in standard
        errors; 0 where too little is known."""
        count_out = self.count[-1] - count_in
        enough = (count_in >= self.params.least - 1) & (count_out >= self.params.before)
        enough &= count_before >= self.params.before
        one = np.float32(1)
        count_in, count_out = np.maximum(count_in, one), np.maximum(count_out, one)
        gap = total_in / count_in - (self.total[-1] - total_in) / count_out
        return (gap * gap / (one / count_in + one / count_out) * enough).sum(axis=0)

    def between(self, first: int, last: int) -> np.ndarray:
        """Score of one stretch, of all accounts."""
        return self.score(
            self.count[last] - self.count[first],
            self.total[last] - self.total[first],
            self.count[first],
        )

    def each(self, first: np.ndarray, last: np.ndarray) -> np.ndarray:
        """Score of a stretch of each account's own."""
        row = np.arange(len(first))
        before, until = self.count[first, :, row].T, self.count[last, :, row].T
        total = self.total[last, :, row].T - self.total[first, :, row].T
        return self.score(until - before, total, before)


def _search(ratio: np.ndarray, params: SearchParams) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n, width = ratio.shape[:2]
    sums = _Sums(ratio, params)
    best = np.full(n, -1, dtype=np.float32)
    start, end = np.full(n, width - params.least), np.full(n, width)
    for last in range(width, width - params.ended - 1, -params.step):
        for first in range(params.before, last - params.least + 1, params.step):
            score = sums.between(first, last)
            better = score > best * 1.001
            np.copyto(best, score, where=better)
            np.copyto(start, first, where=better)
            np.copyto(end, last, where=better)
    return start, end, best


def _refined(ratio, start, end, params: SearchParams) -> tuple[np.ndarray, np.ndarray]:
    width = ratio.shape[1]
    sums = _Sums(ratio, params)
    best, chosen = np.full(len(ratio), -1.0), (start, end)
    reach = params.step
    for by_start in sorted(range(-reach, reach + 1), key=abs):
        for by_end in (0, -1, 1):
            s = np.clip(start + by_start, 0, width - 1)
            e = np.where(end == width, width, np.clip(end + by_end, 1, width))
            e = np.maximum(e, np.minimum(s + params.least - 1, width))
            score = sums.each(s, e)
            better = score > best * 1.001
            best = np.where(better, score, best)
            chosen = (np.where(better, s, chosen[0]), np.where(better, e, chosen[1]))
    return chosen


def _described(of: Panel, usual, ratio, within, start, end, weather):
    width = ratio.shape[1]
    inside, outside = within.astype(float), (~within).astype(float)
    ratio_in = means(ratio, inside[..., None])
    spread = np.fmax(_spread(np.where(within[..., None], np.nan, ratio)), 0.02)
    known = np.isfinite(ratio)
    count_in = np.maximum((known & within[..., None]).sum(axis=1), 1)
    count_out = np.maximum((known & ~within[..., None]).sum(axis=1), 1)
    mean_out = means(ratio, outside[..., None])
    t = (ratio_in - mean_out) / (spread * np.sqrt(1 / count_in + 1 / count_out))
    change = means(of.kwh - usual, inside[..., None])
    level = means(usual, inside[..., None])
    week = np.arange(width)
    third = np.maximum((end - start) // 3, 1)
    early = within & (week < (start + third)[:, None])
    late = within & (week >= (end - third)[:, None])
    total = ratio[:, :, 0]
    moved = np.abs(change[:, 1:]).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = change[:, 1:] / np.where(moved > 0, moved, np.nan)[:, None]
    capacity = of.accounts["capacity_kva"].to_numpy()
    capacity = np.where(capacity > 0, capacity, np.nan) * 24
    loss_t, match, noise, excess = _loss(of, within, change[:, 0])
    warm = np.abs(weather[""]).sum(axis=1)
    near = _near(within, 3, 3)
    category = of.accounts["category"]
    columns = {
        **{f"t_{name}": np.clip(t[:, i], -60, 60) for i, name in enumerate(CHANNELS)},
        **{f"ratio_{name}": ratio_in[:, i] for i, name in enumerate(CHANNELS)},
        "slope": means(total, late.astype(float)) - means(total, early.astype(float)),
        "spread_before": spread[:, 0],
        "spread_change": _spread(np.where(within, total, np.nan)[..., None])[:, 0] - spread[:, 0],
        "zero_days": means(of.zero, inside),
        "lowest_week": np.where(within & np.isfinite(total), total, np.inf).min(axis=1),
        "length": (end - start).astype(float),
        "weeks_since_end": (width - end).astype(float),
        "change_kwh": change[:, 0],
        "level_kwh": level[:, 0],
        "change_peak_share": shares[:, 0],
        "change_valley_share": shares[:, 2],
        "unread": means(of.unread, inside),
        "load_before": means(of.kwh[:, :, 0], outside) / capacity,
        "load_within": means(of.kwh[:, :, 0], inside) / capacity,
        "loss_t": loss_t,
        "loss_match": match,
        "loss_noise": noise,
        "warmth": means(np.broadcast_to(warm, within.shape), inside),
        "is_three_phase": of.accounts["is_three_phase"].to_numpy(dtype=float),
        "is_home": (category == "residential").to_numpy(dtype=float),
        "is_farm": (category == "agricultural").to_numpy(dtype=float),
        "known_change": (of.changes & _near(within, 4, 4, at_start=start)).any(axis=1),
        **{
            f"event_{code}": (of.events[:, :, i] & near).any(axis=1)
            for i, code in enumerate(of.codes)
        },
    }
    table = pd.DataFrame({name: np.asarray(value, dtype=float) for name, value in columns.items()})
    return table.replace([np.inf, -np.inf], np.nan), excess


def _near(within, before: int, after: int, at_start: np.ndarray | None = None) -> np.ndarray:
    """Weeks of the stretch and some around it; of its start only, with ``at_start``."""
    week = np.arange(within.shape[1])
    if at_start is not None:
        return (week >= (at_start - before)[:, None]) & (week <= (at_start + after)[:, None])
    result = within.copy()
    for by in range(1, before + 1):
        result[:, :-by] |= within[:, by:]
    for by in range(1, after + 1):
        result[:, by:] |= within[:, :-by]
    return result


def _loss(of: Panel, within: np.ndarray, change: np.ndarray):
    """What the account's transformer loses beyond its usual rate within the stretch: in standard
    errors, ÷ the fall of the account's use, its noise and itself in kWh a day.

    What is stolen or not measured was supplied and is missing from what was sold; what is not used
    was not supplied. So the loss of a transformer tells the two apart.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = of.loss / of.supplied
        usual = means(rate, (~within).astype(float))
        excess = of.loss - usual[:, None] * of.supplied
    mean = means(excess, within.astype(float))
    noise = np.fmax(_spread(np.where(within, np.nan, excess)[..., None])[:, 0], 0.2)
    count = np.maximum((np.isfinite(excess) & within).sum(axis=1), 1)
    t = np.clip(mean / (noise * np.sqrt(1 / count + 1 / 50)), -60, 60)
    fall = np.maximum(-change, 0.05 * np.abs(change))
    match = np.clip(mean / np.maximum(fall, 0.1), -2, 3)
    return t, np.where(np.isfinite(mean), match, np.nan), noise, mean
