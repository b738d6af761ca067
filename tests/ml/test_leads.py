"""Leads: only who may be asked, the planted ones first, and a number in every reason."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml.leads import COLUMNS, LeadRuleError, rank_leads

NOBODY = pd.DataFrame(
    {"account_no": pd.Series(dtype="str"), "segment_id": pd.Series(dtype="Int32")}
)


def leads(month, rules, product=None, segments=NOBODY):
    result = rank_leads(
        month, segments, rules["lead_product"], rules["lead_eligibility"], rules["lead_evidence"]
    )
    return result.leads if product is None else of(result.leads, product)


def of(table: pd.DataFrame, product: str) -> pd.DataFrame:
    return table[table["product_code"] == product].reset_index(drop=True)


def with_heating(month: pd.DataFrame, accounts: list[int], seed: int = 0) -> pd.DataFrame:
    """Plants electric heating in ``accounts``; every tenth of the others has a weak slope."""
    generator = np.random.default_rng(seed)
    month = month.copy()
    month.loc[::10, ["heating_t", "weather_r2"]] = 6.0, 0.3
    for column, low, high in (
        ("heating_kwh_per_hdd", 1.0, 4.0),
        ("heating_t", 15.0, 40.0),
        ("weather_r2", 0.5, 0.85),
        ("heating_share_12m", 0.4, 0.8),
    ):
        month.loc[accounts, column] = generator.uniform(low, high, len(accounts))
    return month


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_planted_electric_heating_is_at_the_top(branch, lead_rules, seed):
    planted = np.random.default_rng(seed).choice(400, 40, replace=False)
    month = with_heating(branch(seed=seed), list(planted), seed)
    table = leads(month, lead_rules, "electric_heating")
    assert len(table) > 60
    top = set(table.head(40)["account_no"])
    truth = set(month.loc[planted, "account_no"])
    assert len(top & truth) / 40 >= 0.95


def test_who_is_not_eligible_gets_no_lead(branch, lead_rules):
    month = with_heating(branch(), list(range(20)))
    month.loc[0, "is_closed_now"] = True
    month.loc[1, "heating_t"] = 4.9
    month.loc[2, "heating_t"] = np.nan
    month.loc[3, "weather_r2"] = 0.24
    month.loc[4, "months_since_last_read"] = 2
    listed = set(leads(month, lead_rules, "electric_heating")["account_no"])
    assert not listed & set(month.loc[:4, "account_no"])
    assert set(month.loc[5:19, "account_no"]) <= listed


def test_retention_needs_one_of_two_signs(branch, lead_rules):
    month = branch()
    month["months_since_last_read"] = month["months_since_last_read"].astype("Int64")
    month.loc[0, "months_since_last_read"] = 2
    month.loc[1, "usage_change_yoy"] = -0.6
    month.loc[2, "months_since_last_read"] = 12
    month.loc[3, "months_since_last_read"] = pd.NA
    month.loc[4, ["usage_change_yoy", "mean_daily_kwh_12m"]] = -0.6, 0.5
    month.loc[5, ["usage_change_yoy", "is_closed_now"]] = -0.6, True
    table = leads(month, lead_rules, "retention")
    assert set(table["account_no"]) == {"A00000", "A00001"}
    # What counts against a reason is never given as one.
    reasons = table.set_index("account_no").filter(like="_en").fillna("").sum(axis=1)
    assert "no read for 2 months" in reasons["A00000"]
    assert "no read" not in reasons["A00001"]
    assert "-60%" in reasons["A00001"]


def test_evidence_counts_only_from_its_limit_on(branch, lead_rules):
    month = branch()
    # All reads are current, so none has more missing months than another: that is no evidence.
    month.loc[:9, "usage_change_yoy"] = np.linspace(-0.9, -0.5, 10)
    table = leads(month, lead_rules, "retention")
    assert len(table) == 10
    words = table.filter(like="reason_").fillna("").sum(axis=1)
    assert not words.str.contains("no read|没有抄到").any()
    assert table["score"].max() <= (2 + 1) / (2 + 2 + 1)


def test_what_has_no_reason_is_no_lead(branch, lead_rules):
    month = with_heating(branch(), list(range(20)))
    month.loc[5, ["heating_kwh_per_hdd", "heating_share_12m"]] = np.nan
    evidence = lead_rules["lead_evidence"]
    lead_rules["lead_evidence"] = evidence[evidence["column_name"] != "weather_r2"]
    table = leads(month, lead_rules, "electric_heating")
    assert "A00005" not in set(table["account_no"])
    assert table["reason_1_en"].notna().all()


def test_an_audit_is_for_the_upper_quarter_of_each_category(branch, lead_rules):
    month = branch()
    shops = np.arange(400) >= 300
    month.loc[shops, "category"] = "commercial"
    month.loc[shops, "mean_daily_kwh_12m"] *= 100
    table = leads(month, lead_rules, "efficiency_audit").merge(
        month[["account_no", "category"]], on="account_no"
    )
    assert table["category"].value_counts().to_dict() == {"residential": 76, "commercial": 26}


def test_poor_data_lowers_a_score_but_not_where_missing_reads_are_the_evidence(branch, lead_rules):
    month = with_heating(branch(), list(range(20)))
    month.loc[:19, "usage_change_yoy"] = -0.6
    poor = month.copy()
    poor.loc[7, "quality_score"] = 0.5
    key = ["product_code", "account_no"]
    one, two = (leads(table, lead_rules).set_index(key)["score"] for table in (month, poor))
    heating, retention = ("electric_heating", "A00007"), ("retention", "A00007")
    assert two[heating] == pytest.approx(one[heating] / 2, abs=1e-6)
    assert two[retention] == one[retention]


def test_reasons_carry_the_accounts_number_in_both_languages(branch, lead_rules):
    month = with_heating(branch(), list(range(20)))
    month.loc[3, "heating_kwh_per_hdd"] = 9.87
    best = leads(month, lead_rules, "electric_heating").set_index("account_no").loc["A00003"]
    english = " ".join(best.filter(like="_en").dropna())
    chinese = "".join(best.filter(like="_zh").dropna())
    assert "9.87 kWh" in english
    assert "9.87千瓦时" in chinese
    assert re.findall(r"[\d.]+%?", english) == re.findall(r"[\d.]+%?", chinese)


def test_every_lead_has_a_first_reason_with_a_number(branch, lead_rules):
    table = leads(with_heating(branch(), list(range(20))), lead_rules)
    for language in ("en", "zh"):
        assert table[f"reason_1_{language}"].str.contains(r"\d").all()


def test_a_reason_is_above_half_of_the_candidates_unless_there_is_no_other(branch, lead_rules):
    table = leads(with_heating(branch(), list(range(20))), lead_rules, "electric_heating")
    later = pd.concat([table["reason_2_en"], table["reason_3_en"]]).dropna()
    percents = later.str.extract(r"above (\d+)% of")[0].astype(int)
    assert len(percents) > 20
    assert percents.min() >= 50
    assert table["reason_2_en"].isna().any()


def test_no_data_no_leads_and_a_note_that_says_why(branch, lead_rules):
    result = rank_leads(branch(), NOBODY, *lead_rules.values())
    assert of(result.leads, "autopay_app").empty
    assert result.notes["autopay_app"].startswith("no leads")
    assert "late_bill_share_12m" in result.notes["autopay_app"]
    assert result.notes["autopay_app"] in result.card.text_zh
    assert json.loads(result.card.frame()["metrics"][0])["leads"]["autopay_app"] == 0


def test_data_that_nobody_is_eligible_by_is_another_note(branch, lead_rules):
    result = rank_leads(branch().assign(heating_t=0.0), NOBODY, *lead_rules.values())
    assert result.notes["electric_heating"] == "no leads: no account is eligible"


def test_without_registers_the_tariff_falls_back_on_days_off(branch, lead_rules):
    month = branch()
    result = rank_leads(month, NOBODY, *lead_rules.values())
    listed = of(result.leads, "tou_tariff")["account_no"]
    assert set(listed) == set(month.loc[month["weekend_ratio_12m"] >= 1.1, "account_no"])
    assert "valley_share_12m" in result.notes["tou_tariff"]
    # Whoever is on such a tariff already has no use for it.
    month.loc[month["truth"] == "weekend", "tariff_kind"] = "tou"
    others = leads(month, lead_rules, "tou_tariff").merge(month, on="account_no")
    assert 0 < len(others) < 60
    assert "weekend" not in set(others["truth"])


@pytest.mark.parametrize("accounts", [0, 1, 3])
def test_a_tiny_branch_gives_a_table_of_the_same_types(branch, lead_rules, accounts):
    month = with_heating(branch(accounts), list(range(accounts)))
    small = leads(month, lead_rules)
    full = leads(with_heating(branch(), list(range(20))), lead_rules)
    assert list(small.columns) == list(COLUMNS)
    assert list(small.dtypes) == list(full.dtypes)
    assert len(of(small, "electric_heating")) == accounts


def test_the_order_of_rows_does_not_matter_and_ties_go_by_account(branch, lead_rules, tmp_path):
    month = with_heating(branch(), list(range(20)))
    month.loc[[8, 9]] = month.loc[[8, 8]].assign(account_no=["A00008", "A00009"]).to_numpy()
    one = leads(month, lead_rules)
    two = leads(month.sample(frac=1, random_state=2), lead_rules)
    one.to_parquet(tmp_path / "one")
    two.to_parquet(tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    place = of(one, "electric_heating").set_index("account_no")["rank"]
    assert place["A00009"] == place["A00008"] + 1


def test_a_lead_carries_its_segment(branch, lead_rules):
    month = with_heating(branch(), [0, 1])
    segments = pd.DataFrame(
        {"account_no": ["A00000", "A00001"], "segment_id": pd.array([4, pd.NA], "Int32")}
    )
    table = leads(month, lead_rules, "electric_heating", segments).set_index("account_no")
    assert table.loc["A00000", "segment_id"] == 4
    assert pd.isna(table.loc["A00001", "segment_id"])


VALUES = st.one_of(st.none(), st.floats(-10, 1000, allow_nan=False))
ROWS = st.lists(
    st.tuples(VALUES, VALUES, VALUES, VALUES, VALUES, st.floats(0, 1)), min_size=1, max_size=30
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=ROWS)
def test_scores_are_shares_and_ranks_have_no_gap(rows, branch, lead_rules):
    month = branch(len(rows))
    columns = [
        "heating_kwh_per_hdd",
        "heating_t",
        "usage_change_yoy",
        "late_bill_share_12m",
        "arrears_cny",
        "quality_score",
    ]
    month[columns] = pd.DataFrame(rows, dtype=float).to_numpy()
    month["weather_r2"] = 0.5
    table = leads(month, lead_rules)
    assert table["score"].between(0, 1).all()
    for _, part in table.groupby("product_code"):
        assert list(part["rank"]) == list(range(1, len(part) + 1))
        assert part["score"].is_monotonic_decreasing


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    account=st.integers(0, 39),
    column=st.sampled_from(["heating_kwh_per_hdd", "heating_share_12m", "weather_r2"]),
    more=st.floats(0.0, 0.5),
)
def test_more_evidence_never_lowers_a_score(account, column, more, branch, lead_rules):
    month = with_heating(branch(40), list(range(40)))
    raised = month.copy()
    raised.loc[account, column] += more
    number = month.loc[account, "account_no"]
    before, after = (
        leads(table, lead_rules, "electric_heating").set_index("account_no").loc[number]
        for table in (month, raised)
    )
    assert after["score"] >= before["score"]
    assert after["rank"] <= before["rank"]


@pytest.mark.parametrize(
    ("seed", "column", "value", "message"),
    [
        ("lead_eligibility", "operator", "about", "operator 'about'"),
        ("lead_eligibility", "column_name", "shoe_size", "no such column"),
        ("lead_eligibility", "value", "many", "does not suit"),
        ("lead_evidence", "column_name", "shoe_size", "no such column"),
        ("lead_evidence", "weight", "-1", "not above 0"),
        ("lead_evidence", "weight", "much", "can't be read"),
        ("lead_evidence", "direction", "up", "neither high nor low"),
        ("lead_evidence", "counts_from", "far", "can't be read"),
        ("lead_evidence", "wording_zh", "用电很多", "must hold {value}"),
        ("lead_evidence", "wording_en", "uses {name}", "can't be read"),
    ],
)
def test_a_rule_that_cant_be_used_is_named(branch, lead_rules, seed, column, value, message):
    row = lead_rules[seed].index[lead_rules[seed]["product_code"] == "electric_heating"][1]
    lead_rules[seed].loc[row, column] = value
    with pytest.raises(LeadRuleError, match=re.escape(message)) as error:
        leads(branch(40), lead_rules)
    assert f"seeds/{seed}.csv, electric_heating" in str(error.value)


@pytest.mark.parametrize("seed", ["lead_eligibility", "lead_evidence"])
def test_a_product_without_rules_is_refused(branch, lead_rules, seed):
    rules = lead_rules[seed]
    lead_rules[seed] = rules[rules["product_code"] != "retention"]
    with pytest.raises(LeadRuleError, match="no row for retention"):
        leads(branch(40), lead_rules)


def test_repeated_accounts_are_refused(branch, lead_rules):
    with pytest.raises(ValueError, match="occurs twice"):
        leads(pd.concat([branch(10), branch(10)]), lead_rules)
