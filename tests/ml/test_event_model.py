"""Event models: the planted cause is found, chances are right, and nothing is learned too early."""

import numpy as np
import pandas as pd
import pytest
import yaml

from ml import churn, event_model, event_reasons, event_score, model_store, payment_risk
from ml.event_model import TooFewEvents, probability, train
from ml.harness import measures
from tests.ml import event_branch
from tests.ml.event_branch import FEATURES, QUESTION, QUICK, SEEDS, drivers_of, halves, seed


def truth_of(trained, event_months):
    return trained.test.merge(event_months[["account_no", "month", "truth"]])["truth"].to_numpy()


def test_planted_chances_are_found_and_right(trained, event_months):
    score, event = trained.test["probability"].to_numpy(), trained.test["event"].to_numpy()
    truth, k = truth_of(trained, event_months), QUESTION.capacity_share * len(score)
    assert measures.share_of_best(truth, score, k) > 0.9
    assert measures.share_of_best(truth, score, k) > 0.1 + measures.share_of_best(
        truth, trained.test["rule"].to_numpy(), k
    )
    assert measures.calibration_error(event, score) < 0.02
    assert abs(score.mean() / truth.mean() - 1) < 0.1


def test_only_labels_known_before_a_month_are_learned_for_it(trained, event_months):
    newest = event_months["month"].max()
    assert trained.newest == newest.date()
    last_known = newest - pd.DateOffset(months=QUESTION.horizon + QUESTION.lag)
    assert trained.model.trained_to == last_known.date()
    # Labels of later months, however wrong, change nothing of the model.
    learned, test = halves(event_months)
    late = event_months[event_months["month"] > last_known].assign(arrears_in_90_days=True)
    again = train(
        pd.concat([learned, late[~late["month"].isin(test["month"])]]), test, QUESTION, FEATURES,
        1.0, QUICK,
    )  # fmt: skip
    assert np.allclose(again.test["probability"], trained.test["probability"])


def test_rows_left_out_in_training_are_made_up_for(event_months):
    thinned = event_branch.trained(event_months, 0.3)
    truth = truth_of(thinned, event_months)
    assert abs(thinned.test["probability"].mean() / truth.mean() - 1) < 0.12
    assert abs(thinned.model.base_rate / event_months["truth"].mean() - 1) < 0.1


def test_too_few_events_or_months_are_said_in_both_languages(event_months):
    learned, test = halves(event_months)
    quiet = learned.assign(arrears_in_90_days=False)
    for rows in (
        (quiet, test),
        (learned, test.assign(arrears_in_90_days=False)),
        (learned.head(0), test.head(0)),
        (learned[learned["month"] < "2025-02-01"], test),
    ):
        with pytest.raises(TooFewEvents) as said:
            train(*rows, QUESTION, FEATURES, 1.0, QUICK)
        assert str(said.value) and said.value.zh


def test_a_stored_model_scores_the_same(trained, event_months):
    rows = event_months.tail(300)
    stored = model_store.loads(model_store.dumps(trained.model.as_dict()))
    again = event_model.EventModel.from_dict(stored)
    assert np.array_equal(probability(again, rows), probability(trained.model, rows))
    assert again.version == trained.model.version


def test_a_column_that_lands_empty_is_scored_all_the_same(trained, event_months):
    rows = event_months.tail(50).assign(late_bill_share_12m=None, category=None)
    chance = probability(trained.model, rows)
    assert ((chance > 0) & (chance < 1)).all()


def test_no_driver_looks_ahead():
    models = yaml.safe_load(
        (SEEDS.parent / "models/customer_360/_customer_360__models.yml").read_text()
    )
    columns = {m["name"]: {c["name"] for c in m["columns"]} for m in models["models"]}
    used = set(seed("event_driver")["column_name"])
    assert used - set(churn.DERIVED) <= columns["account_month"]
    assert set(churn.DERIVED.values()) <= columns["account_month"]
    assert not used & (columns["account_outcome"] - {"account_no", "month"})


def scored_month(trained, event_months, **changed):
    rows = event_months[event_months["month"] == event_months["month"].max()].assign(**changed)
    scores = payment_risk.score(trained.model, rows, 1.5)
    advice = seed("risk_advice").query("model_name == 'payment_risk'")
    month = event_months["month"].max().date()
    return rows, event_score.scored(
        trained.model, QUESTION, rows, scores, drivers_of("payment_risk"), advice, month
    )


def test_reasons_name_the_planted_cause_with_its_value(trained, event_months):
    rows, listed = scored_month(trained, event_months)
    top = listed.head(20)
    assert (top["is_listed"] == 1).sum() == 20
    planted = {"lateness", "open_bills"}
    named = top[[f"reason_{n}_driver" for n in (1, 2)]].isin(planted).any(axis=1)
    assert named.mean() > 0.9
    told = listed[listed["reason_1_driver"] == "lateness"].iloc[0]
    told = pd.concat([told, rows.set_index("account_no").loc[told["account_no"]]])
    assert f"{told['late_bill_share_12m']:.0%}" in told["reason_1_en"]
    assert f"{told['late_bill_share_12m']:.0%}" in told["reason_1_zh"]
    # The chance after a change is lower, and the change is one that people can make.
    changed = listed[listed["change_driver"].notna()]
    assert (changed["change_probability"] < changed["probability"]).all()
    can = drivers_of("payment_risk").query("is_changeable == 'true'")["driver"]
    assert set(changed["change_driver"]) <= set(can)
    debit = rows.set_index("account_no")["debit_payment_share_12m"]
    ways = listed[listed["change_driver"] == "way_of_paying"]["account_no"]
    assert len(ways) and (debit[ways] == 0).all()


def test_reasons_are_for_who_is_likelier_than_the_mean(trained, event_months):
    _, listed = scored_month(trained, event_months)
    below = listed["probability"] < listed["probability"].mean()
    assert listed.loc[below, "reason_1_en"].isna().all() and below.any()
    assert listed["rank"].tolist() == list(range(1, len(listed) + 1))


@pytest.mark.parametrize(
    ("changed", "advice"),
    [
        ({"complaints_3m": 1, "oldest_overdue_days": 40}, "settle_complaint"),
        ({"is_protected": True, "oldest_overdue_days": 40}, "spare_protected"),
        ({"category": "public", "oldest_overdue_days": 40}, "talk_to_budget_holder"),
        ({"category": "residential", "oldest_overdue_days": 31}, "visit_and_plan"),
        ({"category": "commercial", "oldest_overdue_days": 31}, "written_notice"),
        ({"category": "residential", "oldest_overdue_days": 30}, "call"),
        (
            {"category": "commercial", "oldest_overdue_days": 0, "mean_bill_cny_12m": 10_000.0},
            "agree_instalments",
        ),
        ({"category": "residential", "oldest_overdue_days": 0}, "remind_before_due"),
    ],
)
def test_advice_spares_the_protected_and_fits_the_state(trained, event_months, changed, advice):
    _, listed = scored_month(trained, event_months, **changed)
    assert set(listed.loc[listed["is_listed"] == 1, "advice_code"]) == {advice}
    assert set(listed.loc[listed["is_listed"] == 0, "advice_code"]) == {"no_action"}


def test_the_amount_at_risk_is_what_comes_of_it(trained, event_months):
    learned, test = halves(event_months)
    factor = payment_risk.severity(learned)
    assert factor == pytest.approx(1.5)
    rows = test[test["month"] == test["month"].max()]
    amount = payment_risk.score(trained.model, rows, factor)["amount_at_risk_cny"].sum()
    assert amount == pytest.approx(
        (rows["truth"] * 1.5 * rows["mean_bill_cny_12m"]).sum(), rel=0.15
    )


def test_who_can_owe_and_who_can_leave():
    rows = pd.DataFrame(
        {
            "is_closed": [False, True, False, False],
            "bills_12m": [3, 3, np.nan, 0],
            "months_since_last_read": [5, 0, 0, 5],
            "months_since_last_bill": [3, 1, np.nan, 2],
        }
    )
    assert payment_risk.at_risk(rows).tolist() == [True, False, False, False]
    assert churn.at_risk(rows).tolist() == [False, False, True, True]


def test_the_kind_of_churn_is_one_that_the_customer_can_have(event_months):
    shares = churn.kind_shares(event_months[event_months["churns_in_90_days"]], 100.0)
    assert all(sum(by.values()) == pytest.approx(1) for by in shares.values())
    assert shares["home"]["leaves"] == 0 and shares["firm"]["leaves"] == 0
    assert max(shares["market"], key=shares["market"].get) == "leaves"


def test_the_clerk_goes_by_falling_use():
    rows = pd.DataFrame(
        {
            "usage_change_yoy": [-0.3, np.nan, 0.2, np.nan],
            "usage_change_3m": [0.5, -0.1, -0.9, np.nan],
        }
    )
    assert churn.use_falls(rows) == pytest.approx([0.3, 0.1, 0, 0])


def test_a_driver_with_an_unknown_format_is_named(trained, event_months):
    drivers = drivers_of("payment_risk").assign(format="money")
    with pytest.raises(event_reasons.DriverError, match=r"payment_risk\.\w+: format 'money'"):
        event_reasons.reasons(trained.model, event_months.tail(3), drivers)
