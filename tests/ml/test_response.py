"""A planted branch: what people do alone, what contact adds by channel, and whom it puts off."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from ml import model_store
from ml.harness.measures import auc
from ml.response import (
    History,
    ResponseModel,
    TooLittleToLearn,
    aversion,
    check,
    fit,
    possible,
    predict,
)
from ml.response_card import card, missing_card
from ml.response_choice import figures, fit_rivals, touch_scores
from ml.response_design import Design
from ml.response_parts import ResponseParams

PRODUCTS, CHANNELS = ["audit", "tariff"], ["app", "phone"]
SCOPE = pd.DataFrame(
    [
        ("audit", "open", "is_closed", "=", "false"),
        ("tariff", "open", "is_closed", "=", "false"),
        ("tariff", "kind", "category", "=", "residential"),
    ],
    columns=["product_code", "any_of", "column_name", "operator", "value"],
)
PARAMS = ResponseParams()


def people(n: int, rng: np.random.Generator) -> pd.DataFrame:
    digital, late = rng.standard_normal(n), rng.standard_normal(n)
    return pd.DataFrame(
        {
            "account_no": [f"A{i:05d}" for i in range(n)],
            "month": pd.Timestamp("2025-01-01"),
            "is_closed": False,
            "category": np.where(rng.random(n) < 0.8, "residential", "commercial"),
            "digital_payment_share_12m": digital,
            "late_bill_share_12m": late,
            "declined_offers_12m": rng.poisson(np.where(late > 1, 2.0, 0.1)),
            "touches_3m": 0,
        }
    )


def truth(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds without contact (products), and what contact adds (channels)."""
    digital = table["digital_payment_share_12m"].to_numpy()
    put_off = (table["late_bill_share_12m"] > 1).to_numpy()
    alone = np.column_stack([-3.5 + 0 * digital, -3.0 + 0.8 * digital])
    adds = np.column_stack([0.8 + 0.5 * digital, 1.5 - 0.3 * digital])
    return alone, np.where(put_off[:, None], -1.0, adds)


@pytest.fixture(scope="module")
def branch() -> tuple[History, pd.DataFrame]:
    rng = np.random.default_rng(5)
    months = people(6000, rng).assign(sample_weight=1.0)
    alone, _ = truth(months)
    took = rng.random(alone.shape) < expit(alone)
    row, column = np.nonzero(took)
    enrolments = months.iloc[row][["account_no", "month"]].assign(
        product_code=np.array(PRODUCTS)[column]
    )
    n = 12_000
    touches = people(n, rng).rename(columns={"month": "feature_month"})
    product, channel = rng.integers(2, size=n), rng.integers(2, size=n)
    treated = rng.random(n) < 0.8
    alone, adds = truth(touches)
    chance = expit(alone[np.arange(n), product] + treated * adds[np.arange(n), channel])
    put_off = (touches["late_bill_share_12m"] > 1).to_numpy()
    enrolled = rng.random(n) < chance
    touches = touches.assign(
        touch_no=np.arange(n).astype(str),
        product_code=np.array(PRODUCTS)[product],
        channel=np.array(CHANNELS)[channel],
        is_treated=treated,
        is_enrolled=enrolled,
        is_refused=treated & ~enrolled & (rng.random(n) < np.where(put_off, 0.4, 0.05)),
    )
    contacts = enrolments.head(0)
    return History(months, enrolments, contacts, touches, SCOPE), people(4000, rng)


@pytest.fixture(scope="module")
def model(branch) -> ResponseModel:
    fitted = fit(branch[0], PARAMS)
    fitted.trained_to = pd.Timestamp("2025-01-01").date()
    return fitted


def test_chance_and_uplift_are_the_planted_ones(branch, model):
    rows = branch[1]
    found = predict(model, rows).pivot_table(
        index="account_no", columns=["product_code", "channel"], observed=False
    )
    alone, adds = truth(rows)
    for i, product in enumerate(PRODUCTS):
        p = found["p_without_contact"][product]["app"].loc[rows["account_no"]].to_numpy()
        assert p.mean() == pytest.approx(expit(alone[:, i]).mean(), rel=0.25)
        for j, channel in enumerate(CHANNELS):
            real = expit(alone[:, i] + adds[:, j]) - expit(alone[:, i])
            said = found["uplift"][product][channel].loc[rows["account_no"]].to_numpy()
            assert np.corrcoef(real, said)[0, 1] > 0.75, (product, channel)
            assert said.mean() == pytest.approx(real.mean(), rel=0.3)


def test_who_is_put_off_is_found_and_has_no_good_uplift(branch, model):
    rows = branch[1]
    put_off = (rows["late_bill_share_12m"] > 1).to_numpy()
    assert auc(put_off, aversion(model, rows)) > 0.8
    worst = rows["late_bill_share_12m"] > 1.8
    assert (predict(model, rows[worst])["uplift"] < 0).mean() > 0.3


def test_rows_are_those_that_are_possible_and_asked_for(branch, model):
    rows = branch[1].head(50).assign(is_enrolled_audit=[True] * 10 + [False] * 40)
    able = possible(rows, model.products, SCOPE)
    assert not able[:10, model.products.index("audit")].any()
    firm = (rows["category"] == "commercial").to_numpy()
    assert not able[firm, model.products.index("tariff")].any()
    found = predict(model, rows, able=able)
    assert len(found) == 2 * able.sum()
    assert list(found.columns) == [
        "account_no",
        "product_code",
        "channel",
        "p_without_contact",
        "uplift",
    ]
    only = predict(model, rows, ["tariff", "never_seen"], ["phone", "pigeon"])
    assert set(only["product_code"]) == {"tariff"} and set(only["channel"]) == {"phone"}
    whole = predict(model, rows)
    parts = pd.concat([predict(model, rows.iloc[:20]), predict(model, rows.iloc[20:])])
    np.testing.assert_allclose(whole["uplift"], parts["uplift"], rtol=1e-5)


def test_months_with_contact_teach_nothing_of_what_comes_alone(branch):
    history = branch[0]
    everyone = history.months[["account_no", "month"]].assign(product_code="tariff")
    shut = History(history.months, history.enrolments, everyone, history.touches, SCOPE)
    assert fit(shut, PARAMS).base.events["tariff"] == 0


def test_a_stored_model_says_the_same(branch, model):
    again = ResponseModel.from_dict(model_store.loads(model_store.dumps(model.as_dict())))
    pd.testing.assert_frame_equal(predict(again, branch[1]), predict(model, branch[1]))


def test_rivals_are_judged_on_one_set_of_rows(branch, model):
    history = branch[0]
    scores = history.touches.join(
        touch_scores(model, fit_rivals(history, model, PARAMS), history.touches)
    )
    found = figures(scores)
    assert set(found["qini"]) == {"odds", "propensity", "T-learner", "X-learner"}
    value, low, high = found["qini"]["odds"]
    assert 0 < low <= value <= high
    backwards = figures(scores.assign(odds=-scores["odds"]))
    assert backwards["chosen"] in ("T-learner", "X-learner")


def test_no_touches_have_no_scores(branch, model):
    """A branch's first touches may come before its first complete month."""
    assert touch_scores(model, {}, branch[0].touches.iloc[:0]).empty


def test_shares_of_few_events_are_drawn_to_the_branchs():
    table = pd.DataFrame({"app_events_12m": [0, 1, 40, 59], "app_tariff_views_12m": [0, 1, 20, 4]})
    design = Design.of(table)
    assert design.shares == {"tariff_view_share_12m": 0.25}
    assert design.reads == {"app_events_12m", "app_tariff_views_12m"}
    place = design.names.index("tariff_view_share_12m")
    # One view of one event says less than 20 of 40: (1 + 5 / 4) / 6 against (20 + 5 / 4) / 45.
    assert np.argsort(design.matrix(table)[:, place]).tolist() == [3, 0, 1, 2]


def test_a_count_is_of_the_months_that_are_known():
    """Three events in three known months are the habit of twelve in a year."""
    table = pd.DataFrame({"app_events_12m": [3, 12, 6, 0], "known_months": [3, 12, 12, 12]})
    scores = Design.of(table).matrix(table)[:, 0]
    assert scores[0] == scores[1] > scores[2] > scores[3]


def test_too_few_outcomes_are_told(branch):
    few = History(
        *[getattr(branch[0], n) for n in ("months", "enrolments", "contacts")],
        branch[0].touches.head(40),
        SCOPE,
    )
    with pytest.raises(TooLittleToLearn) as told:
        check(few, PARAMS)
    note = missing_card(None, (str(told.value), told.value.chinese)).frame().iloc[0]
    assert "held out" in note["text_en"] and "对照" in note["text_zh"]


def test_the_card_names_both_arms(model):
    model.metrics["touches"] = 12_000
    text = card(model, 5).frame().iloc[0]
    assert "held out" in text["text_en"] and "对照" in text["text_zh"]
