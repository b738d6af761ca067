"""Allocation of offers: who gets which product, through which channel and by whom, in one cycle.

Expected incremental value less the channel's cost is maximised under staff time and territory,
channel capacity and budget; a customer gets at most one offer. Small branches are solved by HiGHS
(``ml.allocation_exact``), large ones by prices of what is scarce (``ml.allocation_dual``) and a
fill in the order of what a candidate is worth beyond these prices (``ml.allocation_fill``). Either
way the bound is the Lagrangian dual's value: no plan whatever can be worth more. Where the values
come from is another module's question.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.allocation_dual import Prices, best_choice, solve_prices
from ml.allocation_exact import solve_exactly, variables
from ml.allocation_fill import Plan, fill, greedy
from ml.allocation_rules import (
    OUTCOMES,
    AllocationError,
    Limits,
    Settings,
    prepare,
)

__all__ = [
    "OUTCOMES",
    "Allocation",
    "AllocationError",
    "Limits",
    "Settings",
    "allocate",
]


@dataclass
class Allocation:
    """What ``allocate`` returns.

    ``leads``: one row per offer, of both arms. ``outcome``: one of OUTCOMES for each candidate, in
    the order given. ``counts``: candidates by outcome; they add up to all candidates.
    ``resources``: what was scarce, with its price (CNY that one unit more would bring).
    ``value_cny`` ≤ ``bound_cny``.
    """

    leads: pd.DataFrame
    outcome: pd.Series
    counts: pd.Series
    resources: pd.DataFrame
    value_cny: float
    greedy_cny: float
    bound_cny: float
    method: str

    @property
    def share_of_bound(self) -> float:
        """Value ÷ bound, 0 to 1; 1 where nothing can be gained."""
        return self.value_cny / self.bound_cny if self.bound_cny > 0 else 1.0


def allocate(
    candidates: pd.DataFrame, limits: Limits, settings: Settings | None = None
) -> Allocation:
    """The most valuable plan of one cycle.

    ``candidates``, one row per account, product and channel: account_no, customer_id, org_code
    (office that serves the account), product_code, channel, value_cny (expected incremental value
    before the contact's cost; null = unknown), has_consent (to marketing, through this channel),
    is_protected, has_open_complaint, contacts_left_30d, contacts_left_90d (what the contact caps
    leave). For millions of rows pass the texts as categories. ``Limits`` describes the other
    frames. The result does not depend on the order of rows. Raises ``AllocationError`` for a
    missing column, an unknown channel, a repeated candidate, an account of two customers, or a
    limit that is no amount.
    """
    settings = settings or Settings()
    prepared = prepare(candidates, limits, settings)
    problem = prepared.treated
    prices = solve_prices(problem)
    by_value = greedy(problem)
    plan, method, bound = _best_plan(problem, prices, by_value, settings)
    outcome = prepared.outcome
    _settle(outcome, prepared, plan)
    leads = _leads(candidates, prepared, plan, prices)
    outcomes = pd.Series(
        pd.Categorical.from_codes(outcome, categories=OUTCOMES), index=candidates.index
    )
    counts = pd.Series(np.bincount(outcome, minlength=len(OUTCOMES)), index=OUTCOMES)
    return Allocation(
        leads,
        outcomes,
        counts,
        _resources(problem, plan, prices),
        plan.value,
        by_value.value,
        bound,
        method,
    )


def _best_plan(problem, prices: Prices, by_value: Plan, settings: Settings):
    plans = [("greedy", by_value)]
    bound = prices.bound
    exact = None
    if variables(problem) <= settings.exact_up_to:
        exact, exact_bound = solve_exactly(problem, settings.gap)
        bound = min(bound, exact_bound)
    if exact is not None:
        plans.append(("exact", fill(problem, exact)))
    else:
        plans.append(("prices", _by_prices(problem, prices)))
    # Of equals the last: a plan is called greedy only where it is better than the other.
    method, plan = max(reversed(plans), key=lambda named: named[1].value)
    # A bound is computed in floating point; the plan itself proves that no less is possible.
    return plan, method, max(bound, plan.value)


def _by_prices(problem, prices: Prices) -> Plan:
    """Everybody's best choice at the prices, the surest first; then what still has room."""
    worth = problem.net - prices.of_kind(problem)[problem.kind]
    chosen = best_choice(problem, worth)
    chosen = chosen[np.argsort(-worth[chosen], kind="stable")]
    first = fill(problem, chosen, sweep=False)
    rest = first.open_rows(problem)
    return fill(problem, rest[np.argsort(-worth[rest], kind="stable")], start=first)


def _settle(outcome: np.ndarray, prepared, plan: Plan) -> None:
    """The outcome of every candidate that no rule excluded."""
    served = np.zeros(prepared.customers, dtype=bool)
    rows = prepared.treated.row[plan.rows]
    served[prepared.customer_of_row[rows]] = True
    still_open = np.flatnonzero(outcome == OUTCOMES.index("out_of_capacity"))
    better = still_open[served[prepared.customer_of_row[still_open]]]
    outcome[better] = OUTCOMES.index("other_offer")
    outcome[rows] = OUTCOMES.index("allocated")


def _leads(candidates, prepared, plan: Plan, prices: Prices) -> pd.DataFrame:
    """The plan's offers, and what the same prices would have offered to the holdout."""
    treated, holdout = prepared.treated, prepared.holdout
    worth = holdout.net - prices.of_kind(holdout)[holdout.kind]
    withheld = best_choice(holdout, worth)
    treated_worth = treated.net - prices.of_kind(treated)[treated.kind]
    by_rule = np.zeros(len(treated.net), dtype=bool)
    by_rule[best_choice(treated, treated_worth)] = True
    rows = np.concatenate([treated.row[plan.rows], holdout.row[withheld]])
    staff = np.concatenate([plan.staff, np.full(len(withheld), -1)])
    columns = ["account_no", "customer_id", "org_code", "product_code", "channel"]
    leads = candidates[columns].iloc[rows].astype(str).reset_index(drop=True)
    names = np.array([*treated.staff_no, None], dtype=object)
    leads["staff_no"] = pd.Series(names[staff], dtype="str")
    kinds = np.concatenate([treated.kind[plan.rows], holdout.kind[withheld]])
    leads["cost_cny"] = treated.kinds.cost_fen[kinds] / 100
    leads["net_value_cny"] = np.concatenate([treated.net[plan.rows], holdout.net[withheld]])
    leads["surplus_cny"] = np.concatenate([treated_worth[plan.rows], worth[withheld]])
    leads["arm"] = ["treated"] * len(plan.rows) + ["holdout"] * len(withheld)
    leads["is_choice_at_prices"] = np.concatenate(
        [by_rule[plan.rows], np.ones(len(withheld), dtype=bool)]
    )
    leads = leads.sort_values(
        ["arm", "net_value_cny", "account_no"], ascending=[False, False, True], ignore_index=True
    )
    leads["day"] = _days(leads, treated)
    return leads


def _days(leads: pd.DataFrame, problem) -> pd.Series:
    """Working day of the cycle, 1 first, the most valuable first; null for the holdout."""
    place = leads.groupby(["arm", "channel"]).cumcount()
    a_day = dict(zip(problem.channels, problem.channel_a_day, strict=True))
    a_day = leads["channel"].map(a_day).astype(float)
    # Without a limit a day (infinite) all of a channel's contacts can go out on the first.
    day = (place // a_day).astype(float) + 1
    return day.where(leads["arm"] == "treated").astype("Int32")


def _resources(problem, plan: Plan, prices: Prices) -> pd.DataFrame:
    """One row per limited resource: kind, code, unit, capacity, used, price_cny of one unit."""
    used = plan.used(problem)
    parts = [
        ("staff", problem.staff_no, "minutes", problem.staff_minutes, used[0], prices.staff),
        ("channel", problem.channels, "contacts", problem.channel_cap, used[1], prices.channel),
        ("budget", ["budget"], "CNY", [problem.budget_fen / 100], [used[2] / 100], [prices.budget]),
    ]
    table = pd.concat(
        [
            pd.DataFrame(
                {"kind": kind, "code": list(codes), "unit": unit, "capacity": capacity,
                 "used": use, "price_cny": price}
            )
            for kind, codes, unit, capacity, use, price in parts
        ],
        ignore_index=True,
    )  # fmt: skip
    return table[np.isfinite(table["capacity"].astype(float))].reset_index(drop=True)
