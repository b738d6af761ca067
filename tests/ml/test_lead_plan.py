"""The cycle's plan: one offer a customer, holdout, dates, reasons, counts that add up."""

import json
from datetime import date

import numpy as np
import pandas as pd

from ml.allocation import Limits, Settings
from ml.lead_plan import LEADS, Cycle, plan

DAYS = [date(2026, 7, day) for day in (1, 2, 3)]
CYCLE = Cycle(date(2026, 6, 1), DAYS, date(2026, 7, 31), "2026-06")


def branch(customers: int = 60):
    """Two accounts a customer, two products, two channels; every value positive."""
    rng = np.random.default_rng(3)
    rows = [
        {"account_no": f"A{c:03}{a}", "customer_id": f"c{c:03}", "org_code": "01",
         "product_code": p, "channel": ch, "has_consent": ch == "sms" or c % 2 == 0,
         "is_protected": c == 1, "has_open_complaint": c == 2, "contacts_left_30d": int(c != 3),
         "contacts_left_90d": 3, "worth_cny": 100.0, "p_without_contact": 0.02, "uplift": 0.1,
         "uplift_basis": "prior", "value_cny": float(rng.uniform(5, 50))}
        for c in range(customers)
        for a in range(2)
        for p in ("ev", "tou")
        for ch in ("sms", "phone")
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    ranked = table[["account_no", "product_code"]].drop_duplicates(ignore_index=True)
    ranked = ranked.assign(score=0.5, quality_score=0.9, rank=1)
    for number in (1, 2, 3):
        for language in ("en", "zh"):
            ranked[f"reason_{number}_{language}"] = "uses 5" if number == 1 else None
    return table, ranked


def limits(minutes=60.0):
    return Limits(
        channels=pd.DataFrame({"channel": ["sms", "phone"], "cost_cny": [0.05, 3.0],
                               "capacity_per_day": [10.0, 3.0], "capacity_per_cycle": [np.nan] * 2,
                               "minutes_per_contact": [0, 10]}),
        staff=pd.DataFrame({"staff_no": ["E1"], "minutes_free": [minutes]}),
        territory=pd.DataFrame({"staff_no": ["E1"], "org_code": ["01"], "product_code": [None]}),
    )  # fmt: skip


def made(holdout=0.2, **kwargs):
    table, ranked = branch()
    return table, plan(table, ranked, limits(**kwargs), Settings(holdout, seed="s"), CYCLE)


def test_a_plan_keeps_every_limit_and_accounts_for_every_candidate():
    table, result = made()
    leads = result.leads
    assert list(leads.columns) == list(LEADS)
    assert not leads["customer_id"].duplicated().any()
    assert not leads["customer_id"].isin(["c001", "c002", "c003"]).any()
    treated = leads[leads["arm"] == "treated"]
    assert treated.groupby(["channel", "planned_on"]).size().max() <= 10
    calls = treated[treated["channel"] == "phone"]
    assert len(calls) <= 6  # an hour of ten minutes each
    assert calls["staff_no"].eq("E1").all()
    assert treated.loc[treated["channel"] == "sms", "staff_no"].isna().all()
    assert (treated["expected_value_cny"] > 0).all()
    assert set(leads["planned_on"]) <= set(DAYS)
    assert int(result.counts["candidates"].sum()) == len(table)
    allocated = result.counts[result.counts["outcome"] == "allocated"]["candidates"].sum()
    assert int(allocated) == len(treated)
    assert set(result.counts["outcome"]) >= {"protected", "open_complaint", "contact_cap_30d"}


def test_the_holdout_is_a_share_of_customers_and_the_same_whenever_it_is_drawn():
    _, first = made()
    _, again = made()
    pd.testing.assert_frame_equal(first.leads, again.leads)
    held = first.leads[first.leads["arm"] == "holdout"]
    assert 3 <= len(held) <= 25
    assert held["staff_no"].isna().all()
    _, none = made(holdout=0.0)
    assert (none.leads["arm"] == "treated").all()


def test_the_card_says_what_the_plan_is_worth_and_what_it_rests_on():
    _, result = made()
    figures = json.loads(result.card.frame()["metrics"][0])
    treated = result.leads[result.leads["arm"] == "treated"]
    assert figures["leads"] == len(treated)
    assert figures["expected_value_cny"] == round(float(treated["expected_value_cny"].sum()), 2)
    assert figures["learned_share"] == 0
    assert 0.9 <= figures["share_of_bound"] <= 1


def test_without_candidates_or_days_there_are_no_leads_and_the_card_says_why():
    table, ranked = branch(4)
    empty = plan(table[:0], ranked, limits(), Settings(), CYCLE)
    assert empty.leads.empty
    assert "reachable" in empty.card.text_en
    over = plan(table, ranked, limits(), Settings(), Cycle(CYCLE.feature_month, [], DAYS[0], "v"))
    assert over.leads.empty
    assert "working day" in over.card.text_en
