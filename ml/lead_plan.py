"""The leads of one cycle: who is offered what, by which channel and whom, and who is held out.

The allocation itself is ``ml.allocation``; this module joins what a lead must carry – expected
value, reasons, dates, the versions it was made with – and keeps count of who was not chosen, why.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from ml.allocation import OUTCOMES, Limits, Settings, allocate
from ml.card import Card
from ml.frames import typed
from ml.lead_value import LEARNED
from ml.leads import REASONS

LEADS = {
    "account_no": "text",
    "customer_id": "text",
    "org_code": "text",
    "product_code": "text",
    "channel": "text",
    "staff_no": "text",
    "arm": "text",
    "planned_on": "date",
    "score": "double",
    "quality_score": "double",
    "p_without_contact": "double",
    "uplift": "double",
    "uplift_basis": "text",
    "worth_cny": "double",
    "cost_cny": "double",
    "expected_value_cny": "double",
    "is_choice_at_prices": "flag",
    **{f"reason_{n}_{lang}": "text" for n in range(1, REASONS + 1) for lang in ("en", "zh")},
    "model_version": "text",
    "feature_month": "date",
    "cycle_from": "date",
    "expires_on": "date",
}
COUNTS = {"product_code": "text", "channel": "text", "outcome": "text", "candidates": "integer"}
RESOURCES = {
    "kind": "text", "code": "text", "unit": "text", "capacity": "double", "used": "double",
    "price_cny": "double",
}  # fmt: skip


@dataclass(frozen=True)
class Cycle:
    """``workdays``: the working days on which contacts may be planned, ascending; ``expires_on``:
    the last day on which a lead counts; ``model_version``: what values and ranks were made with."""

    feature_month: date
    workdays: list[date]
    expires_on: date
    model_version: str


@dataclass(frozen=True)
class LeadPlan:
    """``leads``: LEADS, both arms. ``counts``: COUNTS; by product and channel they add up to the
    candidates. ``resources``: RESOURCES, what was scarce and what one unit more would bring."""

    leads: pd.DataFrame
    counts: pd.DataFrame
    resources: pd.DataFrame
    card: Card


def plan(
    candidates: pd.DataFrame,
    ranked: pd.DataFrame,
    limits: Limits,
    settings: Settings,
    cycle: Cycle,
) -> LeadPlan:
    """The most valuable leads of the cycle within ``limits``.

    ``candidates``: of ``ml.lead_value.candidates``. ``ranked``: of ``ml.leads.rank_leads``, for
    score and reasons. A cycle without candidates or without working days has no leads, and the
    card says so. Raises ``AllocationError``.
    """
    if candidates.empty or not cycle.workdays:
        why = (
            (
                "nobody is eligible and reachable by a channel that the branch has",
                "没有可触达的候选客户",
            )
            if candidates.empty
            else ("no working day is left in the cycle", "本周期内没有工作日")
        )
        empty = pd.DataFrame(columns=list(LEADS))
        card = _card(
            cycle, len(candidates), {"leads": 0}, f"No leads: {why[0]}.", f"无线索：{why[1]}。"
        )
        return LeadPlan(
            typed(empty, LEADS),
            typed(pd.DataFrame(columns=list(COUNTS)), COUNTS),
            typed(pd.DataFrame(columns=list(RESOURCES)), RESOURCES),
            card,
        )
    limits.days = len(cycle.workdays)
    made = allocate(candidates, limits, settings)
    counts = (
        candidates[["product_code", "channel"]]
        .assign(outcome=made.outcome.astype(str))
        .groupby(["product_code", "channel", "outcome"])
        .size()
        .rename("candidates")
        .reset_index()
    )
    keys = ["account_no", "product_code", "channel"]
    about = ["p_without_contact", "uplift", "uplift_basis", "worth_cny"]
    leads = made.leads.merge(candidates[keys + about], on=keys, how="left", validate="1:1")
    reasons = [name for name in ranked.columns if name.startswith("reason_")]
    leads = leads.merge(
        ranked[["account_no", "product_code", "score", "quality_score", *reasons]],
        on=keys[:2],
        how="left",
        validate="m:1",
    )
    # A plan that needs more days than the cycle has ends on its last day.
    place = leads["day"].fillna(1).astype(int).clip(1, len(cycle.workdays)) - 1
    leads["planned_on"] = np.array(cycle.workdays, dtype=object)[place]
    leads["expected_value_cny"] = leads["net_value_cny"]
    leads["org_code"] = leads["org_code"].replace("", None)
    leads["model_version"] = cycle.model_version
    leads["feature_month"] = cycle.feature_month
    leads["cycle_from"] = cycle.workdays[0]
    leads["expires_on"] = cycle.expires_on
    treated = leads["arm"] == "treated"
    figures = {
        "leads": int(treated.sum()),
        "holdout": int((~treated).sum()),
        "expected_value_cny": round(float(leads.loc[treated, "expected_value_cny"].sum()), 2),
        "share_of_bound": round(made.share_of_bound, 4),
        "by_value_alone_cny": round(made.greedy_cny, 2),
        "method": made.method,
        "learned_share": round(float((leads["uplift_basis"] == LEARNED).mean()), 4)
        if len(leads)
        else 0.0,
        "outcomes": {name: int(made.counts[name]) for name in OUTCOMES if made.counts[name]},
    }
    card = _card(
        cycle,
        len(candidates),
        figures,
        f"{figures['leads']:,} leads and {figures['holdout']:,} held out of "
        f"{len(candidates):,} candidates; expected to bring CNY "
        f"{figures['expected_value_cny']:,.0f} beyond what happens anyway, "
        f"{figures['share_of_bound']:.1%} of what any plan could at most. "
        f"{figures['learned_share']:.0%} of the leads have an uplift learned from outcomes; the "
        "others rest on priors in seeds/lead_value.csv and contact_channel.csv.",
        f"候选{len(candidates):,}条，线索{figures['leads']:,}条，留白{figures['holdout']:,}条；"
        f"预计增量价值{figures['expected_value_cny']:,.0f}元，为理论上限的"
        f"{figures['share_of_bound']:.1%}。其中{figures['learned_share']:.0%}的增量由营销结果学得，"
        "其余采用种子表lead_value与contact_channel中的先验。",
    )
    return LeadPlan(
        typed(leads, LEADS), typed(counts, COUNTS), typed(made.resources, RESOURCES), card
    )


def _card(cycle: Cycle, rows: int, figures: dict, english: str, chinese: str) -> Card:
    return Card(
        "leads",
        cycle.feature_month,
        cycle.feature_month,
        rows,
        [],
        figures,
        {"model_version": cycle.model_version},
        english,
        chinese,
    )
