"""What campaigns changed: enrolments of the treated beyond those of a random holdout, by intention
to treat, with an interval.

The difference of the arms' shares, each touch weighed by one over its arm's share within its
campaign (Hájek), so that campaigns with other holdouts can be pooled. CUPED (Deng et al. 2013)
takes off what was known before: outcome minus θ times the covariate's distance from its mean, θ
from all touches. The interval is Newcombe's (1998, method 10) of two Wilson intervals, shrunk by
the variance that CUPED took off: unlike a normal one it holds with a handful of events or none.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.frames import typed

COLUMNS = {
    "dimension": "text",
    "code": "text",
    "campaigns": "integer",
    "treated": "integer",
    "heldout": "integer",
    "treated_enrolled": "integer",
    "heldout_enrolled": "integer",
    "effect": "double",
    "effect_low": "double",
    "effect_high": "double",
    "variance_reduction": "double",
    "extra_enrolments": "double",
    "extra_enrolments_low": "double",
    "extra_enrolments_high": "double",
    "sent": "integer",
    "cost_cny": "double",
    "value_cny": "double",
    "opt_outs": "integer",
    "verdict": "text",
}
DIMENSIONS = {
    "campaign": "campaign_no",
    "product": "product_code",
    "channel": "channel",
    "segment": "segment_code",
}
ALL = "all"


@dataclass(frozen=True)
class EffectParams:
    """Settings, each with its reason."""

    z: float = 1.959964  # 95 %
    min_theta_events: int = 30  # fewer events give no slope on the covariate


def campaign_effects(touches: pd.DataFrame, params: EffectParams | None = None) -> pd.DataFrame:
    """One row per dimension (campaign, product, channel, segment, all) and code.

    ``touches``: one row a touch whose window is over: campaign_no, product_code, channel,
    segment_code, is_treated, is_enrolled, covariate (known before; NaN where it is not), is_sent,
    is_opt_out, cost_cny, value_cny (NaN where not known). ``effect`` is a difference of shares
    (−1 to 1). It is null with verdict no_holdout or nobody_treated where a comparison is missing;
    in a pool, campaigns without one are left out of the effect but stay in the counts.
    """
    params = params or EffectParams()
    touches = touches.reset_index(drop=True)
    if touches.empty:
        return typed(pd.DataFrame(columns=list(COLUMNS)), COLUMNS)
    treated = touches["is_treated"].to_numpy(dtype=bool)
    outcome = touches["is_enrolled"].to_numpy(dtype=float)
    share = (
        pd.Series(treated.astype(float))
        .groupby(touches["campaign_no"].to_numpy())
        .transform("mean")
    )
    share = share.to_numpy()
    weight = np.where((share > 0) & (share < 1), 1 / np.where(treated, share, 1 - share), 0.0)
    centred, theta = _covariate(touches, treated, outcome, params)
    rows = []
    for dimension, column in [*DIMENSIONS.items(), (ALL, None)]:
        codes = touches[column] if column else pd.Series(ALL, index=touches.index)
        for code, at in touches.groupby(codes.fillna("unknown"), sort=True).indices.items():
            found = _effect(outcome[at], treated[at], weight[at], theta * centred[at], params)
            rows.append({"dimension": dimension, "code": code} | found | _money(touches.iloc[at]))
    return typed(pd.DataFrame(rows), COLUMNS)


def _covariate(touches, treated, outcome, params: EffectParams) -> tuple[np.ndarray, float]:
    """The covariate less its mean by campaign, and its slope within campaign and arm."""
    value = touches["covariate"].astype(float)
    campaign = touches["campaign_no"].to_numpy()
    mean = value.groupby(campaign).transform("mean")
    centred = (value - mean).fillna(0.0).to_numpy()
    if outcome.sum() < params.min_theta_events:
        return centred, 0.0
    cells = [campaign, treated]
    x = value.fillna(mean).fillna(0.0)
    x = (x - x.groupby(cells).transform("mean")).to_numpy()
    y = pd.Series(outcome)
    y = (y - y.groupby(cells).transform("mean")).to_numpy()
    variance = float(x @ x)
    return centred, float(x @ y) / variance if variance > 0 else 0.0


def _effect(outcome, treated, weight, adjustment, params: EffectParams) -> dict:
    counts = {
        "treated": int(treated.sum()),
        "heldout": int((~treated).sum()),
        "treated_enrolled": int(outcome[treated].sum()),
        "heldout_enrolled": int(outcome[~treated].sum()),
    }
    names = ("effect", "effect_low", "effect_high", "variance_reduction")
    arms = [(weight > 0) & treated, (weight > 0) & ~treated]
    if not (arms[0].any() and arms[1].any()):
        missing = "no_holdout" if not counts["heldout"] or counts["treated"] else "nobody_treated"
        extra = {f"extra_enrolments{end}": np.nan for end in ("", "_low", "_high")}
        return counts | dict.fromkeys(names, np.nan) | extra | {"verdict": missing}
    shares, ends, adjusted, spread, left = [], [], [], 0.0, 0.0
    for arm in arms:
        w, y, a = weight[arm], outcome[arm], adjustment[arm]
        share = float(np.average(y, weights=w))
        rows = w.sum() ** 2 / (w * w).sum()
        shares.append(share)
        ends.append(wilson(share, rows, params.z))
        adjusted.append(share - float(np.average(a, weights=w)))
        spread += np.average((y - share) ** 2, weights=w) / rows
        rest = y - a
        left += np.average((rest - np.average(rest, weights=w)) ** 2, weights=w) / rows
    reduction = max(0.0, 1 - left / spread) if spread > 0 else 0.0
    (t, h), ((t_low, t_high), (h_low, h_high)) = shares, ends
    # Where CUPED takes nothing off, the plain difference stands.
    effect = adjusted[0] - adjusted[1] if reduction > 0 else t - h
    scale = np.sqrt(1 - reduction)
    low = effect - scale * np.hypot(t - t_low, h_high - h)
    high = effect + scale * np.hypot(t_high - t, h - h_low)
    n = counts["treated"]
    verdict = "works" if low > 0 else "harms" if high < 0 else "not_proven"
    values = dict(zip(names, (effect, low, high, reduction), strict=True))
    extra = {
        "extra_enrolments": effect * n,
        "extra_enrolments_low": low * n,
        "extra_enrolments_high": high * n,
    }
    return counts | values | extra | {"verdict": verdict}


def wilson(share: float, rows: float, z: float) -> tuple[float, float]:
    """Wilson's interval of a share of ``rows`` (which need not be whole)."""
    middle = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z / (1 + z * z / rows) * np.sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows))
    return max(0.0, middle - half), min(1.0, middle + half)


def _money(touches: pd.DataFrame) -> dict:
    treated = touches["is_treated"].to_numpy(dtype=bool)
    sent = treated & touches["is_sent"].to_numpy(dtype=bool)
    return {
        "campaigns": touches["campaign_no"].nunique(),
        "sent": int(sent.sum()),
        "cost_cny": touches["cost_cny"].astype(float)[sent].sum(min_count=1),
        "value_cny": touches["value_cny"].astype(float)[treated].sum(min_count=1),
        "opt_outs": int(touches["is_opt_out"].to_numpy(dtype=bool)[treated].sum()),
    }
