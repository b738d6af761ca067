"""Expected incremental value: worth, priors, and learned uplift before them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.lead_value import LeadValueError, candidates, check_values, prior_uplift, worth

FEATURES = pd.DataFrame(
    {
        "account_no": ["A", "B", "C"],
        "customer_id": ["c1", "c1", None],
        "org_code": ["01", "01", None],
        "saving_cny": [120.0, -30.0, np.nan],
    }
)
VALUES = pd.DataFrame(
    [
        {"product_code": "tou", "fixed_cny": 0, "column_name": "saving_cny", "factor": 1,
         "max_cny": 100, "prior_take_up": 0.02},
        {"product_code": "ev", "fixed_cny": 375, "column_name": None, "factor": None,
         "max_cny": 375, "prior_take_up": 0.01},
    ]
)  # fmt: skip
CHANNELS = pd.DataFrame({"channel": ["sms", "visit"], "prior_odds_ratio": [1.3, 3.5]})
RANKED = pd.DataFrame(
    {
        "account_no": ["A", "B", "C", "A"],
        "product_code": ["tou", "tou", "tou", "ev"],
        "rank": [1, 2, 3, 1],
    }
)
REACH = pd.DataFrame(
    [
        {"account_no": a, "channel": c, "has_consent": True, "is_protected": False,
         "has_open_complaint": False, "contacts_left_30d": 2, "contacts_left_90d": 4}
        for a in "ABC"
        for c in ("sms", "visit")
    ]
)  # fmt: skip


def made(response=None):
    return candidates(RANKED, FEATURES, REACH, VALUES, CHANNELS, response).set_index(
        ["account_no", "product_code", "channel"]
    )


def test_a_take_up_is_worth_the_computed_saving_within_its_limits():
    tou, ev = VALUES.to_dict("records")
    got = worth(FEATURES, tou)
    assert got[:2].tolist() == [100, 0]
    assert np.isnan(got[2])
    assert worth(FEATURES, ev).tolist() == [375] * 3


def test_every_ranked_account_meets_every_channel_and_an_unknown_worth_stays_unknown():
    table = made()
    assert len(table) == 8
    assert np.isnan(table.loc[("C", "tou", "sms"), "value_cny"])
    assert table.loc[("C", "tou", "sms"), "customer_id"] == "C"
    assert set(table["uplift_basis"]) == {"prior"}
    assert table.loc[("A", "ev", "visit"), "value_cny"] == pytest.approx(
        375 * table.loc[("A", "ev", "visit"), "uplift"]
    )


def test_what_was_learned_comes_before_the_prior_also_when_contact_puts_off():
    learned = pd.DataFrame(
        {"account_no": ["A"], "product_code": ["tou"], "channel": ["sms"],
         "p_without_contact": [0.3], "uplift": [-0.1]}
    )  # fmt: skip
    table = made(learned)
    row = table.loc[("A", "tou", "sms")]
    assert (row["uplift_basis"], row["value_cny"]) == ("learned", pytest.approx(-10))
    assert table.loc[("A", "tou", "visit"), "uplift_basis"] == "prior"


@given(
    share=st.floats(0, 1),
    take_up=st.floats(0.001, 0.5),
    ratio=st.floats(1, 10),
)
def test_a_prior_uplift_is_a_chance_and_grows_with_the_channel(share, take_up, ratio):
    (low,) = prior_uplift(np.array([share]), take_up, 1.0)
    (high,) = prior_uplift(np.array([share]), take_up, ratio)
    assert low == pytest.approx(0, abs=1e-12)
    assert -1e-12 <= high < 1


def test_the_prior_of_the_middle_has_the_stated_take_up_and_odds():
    (got,) = prior_uplift(np.array([0.5]), 0.02, 2.0)
    odds = 0.02 / 0.98
    assert got == pytest.approx(2 * odds / (1 + 2 * odds) - 0.02)


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("column_name", "no_such", "no column no_such"),
        ("fixed_cny", -1, "fixed_cny"),
        ("factor", "much", "factor"),
        ("prior_take_up", 1, "prior_take_up"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(column, value, says):
    table = VALUES.astype(object).copy()
    table.loc[0, column] = value
    with pytest.raises(LeadValueError, match=f"lead_value.csv, tou.*{says}"):
        check_values(table, FEATURES)


def test_a_product_without_worth_and_a_channel_without_odds_are_errors():
    with pytest.raises(LeadValueError, match="no row for ev"):
        candidates(RANKED, FEATURES, REACH, VALUES[:1], CHANNELS)
    with pytest.raises(LeadValueError, match="visit"):
        candidates(RANKED, FEATURES, REACH, VALUES, CHANNELS[:1])
    with pytest.raises(LeadValueError, match="twice"):
        check_values(pd.concat([VALUES, VALUES[:1]]), FEATURES)


def test_nobody_reachable_is_an_empty_table_with_all_columns():
    empty = candidates(RANKED, FEATURES, REACH[:0], VALUES, CHANNELS)
    assert empty.empty
    assert set(empty.columns) == set(made().reset_index().columns)
