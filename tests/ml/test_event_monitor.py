"""Who serves, how it does, what moved: a planted shift is told, and chance is not."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from ml import event_monitor
from ml.event_model import probability
from tests.ml.event_branch import QUESTION, QUICK, make

MONTH = pd.Timestamp("2026-06-01").date()


@pytest.fixture(scope="module")
def newest(event_months):
    return event_months[event_months["month"] == event_months["month"].max()]


def test_the_first_model_serves_and_an_equal_one_does_not_replace_it(trained, newest):
    is_first, row = event_monitor.decision(QUESTION, MONTH, None, trained, newest)
    assert is_first and row["champion_version"].isna().all() and row["is_promoted"].tolist() == [1]
    again, row = event_monitor.decision(
        QUESTION, MONTH, trained.model, trained, newest, QUICK.bootstrap
    )
    assert not again and row["is_promoted"].tolist() == [0]
    assert row["reason_zh"].str.contains("不上线").all()


def test_a_challenger_beyond_chance_is_promoted(trained, newest):
    # A champion that says the same of everybody.
    flat = dataclasses.replace(trained.model, slope=0.0, offset=-2.0)
    promoted, row = event_monitor.decision(QUESTION, MONTH, flat, trained, newest, QUICK.bootstrap)
    assert promoted and row["gain_low"].iloc[0] > 0
    worse = dataclasses.replace(trained, model=flat)
    promoted, row = event_monitor.decision(
        QUESTION, MONTH, trained.model, worse, newest, QUICK.bootstrap
    )
    assert not promoted and row["gain"].iloc[0] < 0


def test_no_drift_without_a_shift(trained):
    before, after = make(4000, 1, seed=3), make(4000, 1, seed=4)
    table = event_monitor.moved(trained.model, MONTH, before, after)
    assert not table["is_drifted"].any()
    assert set(table["column_name"]) == set(trained.model.features) | {"probability"}


def test_a_planted_shift_is_flagged_in_the_input_and_the_scores(trained):
    before, after = make(4000, 1, seed=3), make(4000, 1, seed=4)
    after["late_bill_share_12m"] = (after["late_bill_share_12m"] + 0.15).clip(upper=1)
    table = event_monitor.moved(trained.model, MONTH, before, after)
    flagged = set(table.loc[table["is_drifted"] == 1, "column_name"])
    assert flagged == {"late_bill_share_12m", "probability"}


def test_a_source_that_stops_is_flagged(trained):
    before = make(1000, 1, seed=3)
    table = event_monitor.moved(trained.model, MONTH, before, before.assign(category=None))
    flagged = table[table["is_drifted"] == 1].set_index("column_name")
    assert flagged.loc["category", "null_share_after"] == 1
    assert event_monitor.moved(trained.model, MONTH, before.head(0), before).empty


def test_performance_is_told_by_group_and_against_promotion(trained, newest):
    groups = {
        "category": newest["category"],
        "area": newest["org_code"].where(newest.index % 3 > 0),
    }
    table = event_monitor.performance(
        trained.model,
        QUESTION,
        MONTH,
        newest,
        groups,
        {"auc": 0.999, "log_loss": 9.0},
        QUICK.bootstrap,
    )
    of_all = table[table["group_name"] == "all"].set_index("measure")
    assert (
        of_all["is_worse"].to_dict()["auc"] == 1 and of_all["is_worse"].to_dict()["log_loss"] == 0
    )
    assert of_all.loc["captured_share", "value"] > of_all.loc["captured_share", "clerk_value"]
    assert set(table.loc[table["group_name"] == "area", "group_value"]) == {
        "99010101", "99010104", "unknown",
    }  # fmt: skip
    rates = table[(table["group_name"] == "category") & (table["measure"] == "selection_rate")]
    listed = (rates["value"] * rates["rows_judged"]).sum()
    assert listed == pytest.approx(round(QUESTION.capacity_share * len(newest)))


def test_who_is_worse_now_is_told(trained, newest):
    """The labels of the newest month follow another rule than those learned from."""
    reversed_ = newest.assign(
        arrears_in_90_days=np.random.default_rng(0).random(len(newest))
        > probability(trained.model, newest)
    )
    table = event_monitor.performance(
        trained.model,
        QUESTION,
        MONTH,
        reversed_,
        {},
        {"calibration_error": 0.01, "auc": 0.8},
        QUICK.bootstrap,
    )
    assert table.set_index("measure").loc[["calibration_error", "auc"], "is_worse"].tolist() == [
        1,
        1,
    ]
