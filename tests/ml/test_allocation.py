"""Offers: no limit is ever broken, nothing vanishes, and no better plan is missed."""

from dataclasses import replace
from itertools import product as combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml.allocation import OUTCOMES, AllocationError, Limits, Settings, allocate
from ml.allocation_dual import solve_prices
from ml.allocation_exact import solve_exactly
from ml.allocation_rules import prepare

CHANNELS = ["phone", "sms", "visit"]
PRODUCTS = ["app", "pv", "tou"]
NO_HOLDOUT = Settings(holdout_share=0, gap=0)
BY_PRICES = Settings(holdout_share=0, exact_up_to=-1)


def draw_branch(seed: int, accounts: int, scarcity: float = 1.0, staff: int = 2):
    """A random branch: three products and channels, two offices, managers of one or both."""
    draw = np.random.default_rng(seed)
    rows = []
    for number in range(accounts):
        for code, channel in combinations(PRODUCTS, CHANNELS):
            rows.append(
                {
                    "account_no": f"A{number:04d}",
                    "customer_id": f"C{number - number % 5 // 4:04d}",  # some hold two accounts
                    "org_code": f"O{number % 2}",
                    "product_code": code,
                    "channel": channel,
                    "value_cny": round(float(draw.lognormal(2.5, 1.2)) - 4, 2),
                    "has_consent": bool(draw.random() < 0.8),
                }
            )
    table = pd.DataFrame(rows)
    for name, share in (("is_protected", 0.1), ("has_open_complaint", 0.1)):
        table[name] = table["account_no"].map(
            {account: draw.random() < share for account in table["account_no"].unique()}
        )
    for name in ("contacts_left_30d", "contacts_left_90d"):
        table[name] = table["account_no"].map(
            {account: int(draw.integers(0, 4)) for account in table["account_no"].unique()}
        )
    numbers = [f"M{number}" for number in range(staff)]
    limits = Limits(
        channels=pd.DataFrame(
            {
                "channel": CHANNELS,
                "cost_cny": [3.0, 0.1, 20.0],
                "capacity_per_day": [None, max(1, int(accounts * scarcity / 10)), None],
                "capacity_per_cycle": [int(accounts * scarcity / 3) + 1, None, None],
                "minutes_per_contact": [20, 0, 90],
            }
        ),
        staff=pd.DataFrame(
            {"staff_no": numbers, "minutes_free": draw.integers(10, 60 + 8 * accounts, staff)}
        ),
        territory=pd.DataFrame(
            [
                {"staff_no": number, "org_code": f"O{index % 2}", "product_code": None}
                for index, number in enumerate(numbers)
            ]
            + [{"staff_no": numbers[0], "org_code": "O1", "product_code": "pv"}]
        ),
        conflicts=pd.DataFrame({"product_code": ["tou"], "other_code": ["pv"]}),
        held=pd.DataFrame(
            {"account_no": ["A0000", "A0001", "A0002"], "product_code": ["tou", "app", "pv"]}
        ),
        budget_cny=round(accounts * scarcity * 4.0, 2),
        days=2,
    )
    return table, limits


def holds_every_limit(table, limits: Limits, found) -> None:
    """Read the plan as an auditor would, from the frames alone."""
    leads = found.leads[found.leads["arm"] == "treated"].merge(
        table, on=["account_no", "product_code", "channel"], suffixes=("", "_input")
    )
    assert len(leads) == (found.leads["arm"] == "treated").sum()
    assert not leads["customer_id"].duplicated().any()
    assert leads["has_consent"].all()
    assert not leads["is_protected"].any() and not leads["has_open_complaint"].any()
    assert (leads[["contacts_left_30d", "contacts_left_90d"]] >= 1).all().all()
    channels = limits.channels.set_index("channel")
    for channel, part in leads.groupby("channel"):
        rule = channels.loc[channel]
        a_day, a_cycle = rule["capacity_per_day"], rule["capacity_per_cycle"]
        assert pd.isna(a_cycle) or len(part) <= a_cycle
        assert pd.isna(a_day) or part["day"].value_counts().max() <= a_day
        assert part["day"].between(1, limits.days).all()
    cost = leads["channel"].map(channels["cost_cny"]).astype(float)
    assert limits.budget_cny is None or cost.sum() <= limits.budget_cny + 1e-9
    minutes = leads["channel"].map(channels["minutes_per_contact"]).astype(float)
    assert (leads["staff_no"].notna() == (minutes > 0)).all()
    used = minutes.groupby(leads["staff_no"]).sum()
    free = limits.staff.set_index("staff_no")["minutes_free"]
    assert (used <= free.reindex(used.index)).all()
    may = {
        (row["staff_no"], row["org_code"], code)
        for row in limits.territory.to_dict("records")
        for code in (PRODUCTS if pd.isna(row["product_code"]) else [row["product_code"]])
    }
    personal = leads[leads["staff_no"].notna()]
    assert set(personal[["staff_no", "org_code", "product_code"]].itertuples(index=False)) <= may
    for account, held in limits.held.itertuples(index=False):
        barred = {held} | ({"tou", "pv"} if held in ("tou", "pv") else set())
        assert not set(leads.loc[leads["account_no"] == account, "product_code"]) & barred
    assert found.value_cny == pytest.approx((leads["value_cny"] - cost).sum())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10**6),
    accounts=st.integers(1, 40),
    scarcity=st.sampled_from([0.0, 0.3, 1.0, 5.0]),
    staff=st.integers(1, 4),
    chosen=st.sampled_from([NO_HOLDOUT, BY_PRICES, Settings(holdout_share=0.3)]),
)
def test_no_limit_is_broken_and_no_candidate_vanishes(seed, accounts, scarcity, staff, chosen):
    table, limits = draw_branch(seed, accounts, scarcity, staff)
    found = allocate(table, limits, chosen)
    holds_every_limit(table, limits, found)
    assert found.counts.sum() == len(table) == len(found.outcome)
    assert found.counts.to_dict() == found.outcome.value_counts().reindex(OUTCOMES).to_dict()
    assert found.counts["allocated"] == (found.leads["arm"] == "treated").sum()
    assert found.greedy_cny <= found.value_cny + 1e-9 <= found.bound_cny + 2e-9
    assert (found.resources["used"] <= found.resources["capacity"]).all()


def best_by_hand(table, limits: Limits) -> float:
    """Every plan there is, one customer after the other."""
    channels = limits.channels.set_index("channel").to_dict("index")
    held = set(limits.held.itertuples(index=False, name=None))
    ways = {}
    for row in table.to_dict("records"):
        rule = channels[row["channel"]]
        net = row["value_cny"] - rule["cost_cny"]
        barred = {(row["account_no"], row["product_code"])} | (
            {(row["account_no"], "tou"), (row["account_no"], "pv")}
            if row["product_code"] in ("tou", "pv")
            else set()
        )
        if (
            net <= 0
            or not row["has_consent"]
            or row["is_protected"]
            or row["has_open_complaint"]
            or min(row["contacts_left_30d"], row["contacts_left_90d"]) < 1
            or barred & held
        ):
            continue
        managers = [
            place["staff_no"]
            for place in limits.territory.to_dict("records")
            if place["org_code"] == row["org_code"]
            and (pd.isna(place["product_code"]) or place["product_code"] == row["product_code"])
        ]
        for manager in managers if rule["minutes_per_contact"] else [None]:
            ways.setdefault(row["customer_id"], []).append((net, row["channel"], manager))
    left = {
        "minutes": dict(zip(limits.staff["staff_no"], limits.staff["minutes_free"], strict=True)),
        "contacts": {
            # min() keeps its first argument where the other is NaN.
            name: min(np.inf, rule["capacity_per_day"] * limits.days, rule["capacity_per_cycle"])
            for name, rule in channels.items()
        },
    }  # fmt: skip
    customers = list(ways)

    def best(place: int, budget: int) -> float:
        if place == len(customers):
            return 0.0
        most = best(place + 1, budget)
        for net, channel, manager in set(ways[customers[place]]):
            cost = round(channels[channel]["cost_cny"] * 100)
            minutes = channels[channel]["minutes_per_contact"]
            if left["contacts"][channel] < 1 or cost > budget:
                continue
            if manager and left["minutes"][manager] < minutes:
                continue
            left["contacts"][channel] -= 1
            if manager:
                left["minutes"][manager] -= minutes
            most = max(most, net + best(place + 1, budget - cost))
            left["contacts"][channel] += 1
            if manager:
                left["minutes"][manager] += minutes
        return most

    return best(0, round(limits.budget_cny * 100))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), accounts=st.integers(1, 4), scarcity=st.sampled_from([0.2, 1.0]))
def test_tiny_branches_get_the_best_plan_there_is(seed, accounts, scarcity):
    table, limits = draw_branch(seed, accounts, scarcity)
    found = allocate(table, limits, NO_HOLDOUT)
    assert found.value_cny == pytest.approx(best_by_hand(table, limits), abs=1e-6)


def test_prices_come_near_the_exact_plan_and_their_bound_is_one():
    table, limits = draw_branch(5, 400, 0.5, staff=6)
    limits = replace(limits, staff=limits.staff.assign(minutes_free=900))
    by_prices = allocate(table, limits, BY_PRICES)
    problem = prepare(table, limits, BY_PRICES).treated
    exact, bound = solve_exactly(problem, 1e-3)
    assert by_prices.method == "prices"
    assert exact.value <= solve_prices(problem).bound + 1e-6
    assert by_prices.value_cny >= 0.985 * exact.value
    # The dual's lowest value is the linear programme's, which HiGHS' bound only cuts from above.
    assert bound <= by_prices.bound_cny <= 1.005 * bound
    assert by_prices.value_cny > 1.01 * by_prices.greedy_cny


def test_the_order_of_rows_decides_nothing():
    table, limits = draw_branch(11, 60, 0.5)
    # Ties everywhere: whoever comes first in the file must not win for it.
    table["value_cny"] = table["value_cny"].round(-1)
    mixed = table.sample(frac=1, random_state=3)
    for chosen in (Settings(), replace(BY_PRICES, holdout_share=0.2)):
        one, other = allocate(table, limits, chosen), allocate(mixed, limits, chosen)
        pd.testing.assert_frame_equal(one.leads, other.leads)
        pd.testing.assert_series_equal(one.outcome, other.outcome.sort_index())


def test_the_holdout_is_random_stable_and_gets_a_lead_that_nobody_works():
    table, limits = draw_branch(2, 300, 5.0, staff=6)
    chosen = Settings(holdout_share=0.2, seed="2026-01", exact_up_to=-1)
    found = allocate(table, limits, chosen)
    held_out = set(table.loc[(found.outcome == "holdout").to_numpy(), "customer_id"])
    may_be = ["holdout", "allocated", "other_offer", "out_of_capacity"]
    asked = set(table.loc[found.outcome.isin(may_be).to_numpy(), "customer_id"])
    assert 0.12 < len(held_out) / len(asked) < 0.28
    leads = found.leads[found.leads["arm"] == "holdout"]
    assert set(leads["customer_id"]) <= held_out and len(leads) > 0.5 * len(held_out)
    assert leads["staff_no"].isna().all() and leads["day"].isna().all()
    # Who is held out does not depend on who else is there, nor on what is offered.
    half = table[table["account_no"] < "A0150"].assign(value_cny=50.0)
    again = allocate(half, limits, chosen)
    drawn_again = set(half.loc[(again.outcome == "holdout").to_numpy(), "customer_id"])
    assert held_out & set(half["customer_id"]) <= drawn_again
    other = allocate(table, limits, replace(chosen, seed="2026-02"))
    assert set(table.loc[(other.outcome == "holdout").to_numpy(), "customer_id"]) != held_out


def one_candidate(**changes):
    row = {
        "account_no": "A1", "customer_id": "C1", "org_code": "O0", "product_code": "pv",
        "channel": "visit", "value_cny": 50.0, "has_consent": True, "is_protected": False,
        "has_open_complaint": False, "contacts_left_30d": 1, "contacts_left_90d": 1,
    }  # fmt: skip
    return pd.DataFrame([{**row, **changes}])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "allocated"),
        ({"is_protected": True, "has_consent": False}, "protected"),
        ({"has_open_complaint": True}, "open_complaint"),
        ({"has_consent": False}, "no_consent"),
        ({"contacts_left_30d": 0}, "contact_cap_30d"),
        ({"contacts_left_90d": 0}, "contact_cap_90d"),
        ({"account_no": "A0000"}, "product_conflict"),  # holds tou, which excludes pv
        ({"account_no": "A0002", "product_code": "tou"}, "product_conflict"),  # the other way round
        ({"account_no": "A0001", "product_code": "app"}, "product_conflict"),  # holds it already
        ({"account_no": "A0001"}, "allocated"),
        ({"value_cny": None}, "unknown_value"),
        ({"org_code": "O9"}, "no_staff"),
        ({"org_code": "O9", "channel": "sms"}, "allocated"),
        ({"value_cny": 20.0}, "not_worth"),  # a visit costs 20
    ],
)
def test_every_reason_is_told(changes, reason):
    _, limits = draw_branch(1, 20, 5.0)
    assert allocate(one_candidate(**changes), limits, NO_HOLDOUT).outcome.tolist() == [reason]


def test_what_capacity_leaves_out_is_told_apart_from_another_offer():
    _, limits = draw_branch(1, 20, 5.0)
    limits = replace(limits, budget_cny=20.0)
    table = pd.concat(
        [
            one_candidate(),
            one_candidate(product_code="tou", value_cny=40.0),
            one_candidate(account_no="A2", customer_id="C2", value_cny=30.0),
        ],
        ignore_index=True,
    )
    found = allocate(table, limits, NO_HOLDOUT)
    assert found.outcome.tolist() == ["allocated", "other_offer", "out_of_capacity"]


def test_wrong_input_is_refused():
    _, limits = draw_branch(1, 20)
    twice = pd.concat([one_candidate(), one_candidate()])
    with pytest.raises(AllocationError, match="repeat account"):
        allocate(twice, limits)
    two_holders = pd.concat([one_candidate(), one_candidate(customer_id="C2", channel="sms")])
    with pytest.raises(AllocationError, match="two customers"):
        allocate(two_holders, limits)
    with pytest.raises(AllocationError, match="pigeon"):
        allocate(one_candidate(channel="pigeon"), limits)
    with pytest.raises(AllocationError, match="lack is_protected"):
        allocate(one_candidate().drop(columns="is_protected"), limits)
    with pytest.raises(AllocationError, match="has_consent"):
        allocate(one_candidate(has_consent=None), limits)
    with pytest.raises(AllocationError, match="budget"):
        allocate(one_candidate(), replace(limits, budget_cny=-1))
