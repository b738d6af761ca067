"""Segments: planted behaviour is found, and stays the same segment while it stays the same."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from ml import model_store
from ml.segments import SegmentModel, SegmentParams, segment

QUICK = SegmentParams(bootstraps=5, candidates=(3, 4, 5))
REFIT = replace(QUICK, refit_after_months=1)


@pytest.fixture(scope="module")
def first(branch, name_rules):
    """A first run, in December."""
    return segment(branch(), name_rules, params=QUICK)


def names(result) -> dict[str, tuple]:
    table = result.assignments.set_index("account_no")
    return dict(
        zip(
            table.index,
            zip(table["segment_id"], table["segment_code"], strict=True),
            strict=True,
        )
    )


def agreement(result, month: pd.DataFrame) -> float:
    table = result.assignments.merge(month[["account_no", "truth"]], on="account_no")
    return adjusted_rand_score(table["truth"], table["segment_id"].astype(int))


def parquet(table: pd.DataFrame, folder) -> bytes:
    table.to_parquet(folder / "table.parquet")
    return (folder / "table.parquet").read_bytes()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_planted_groups_are_found(branch, name_rules, seed):
    month = branch(seed=seed)
    result = segment(month, name_rules, params=QUICK)
    assert agreement(result, month) >= 0.98
    assert result.card.metrics["k"] == 4
    assert result.card.metrics["is_stable"]


def test_noise_without_groups_is_called_unstable(branch, name_rules):
    generator = np.random.default_rng(5)
    month = branch(200)
    shape = [
        "mean_daily_kwh_12m",
        "winter_summer_ratio_12m",
        "weekend_ratio_12m",
        "daily_cv_12m",
    ]
    month[shape] = np.exp(generator.normal(0, 1, (200, 4)))
    result = segment(month, name_rules, params=SegmentParams(bootstraps=10))
    assert not result.card.metrics["is_stable"]
    assert "NOT stable" in result.card.text_en
    assert "不稳定" in result.card.text_zh


def test_a_small_branch_has_segments_too(branch, name_rules):
    month = branch(80)
    result = segment(month, name_rules)
    assert agreement(result, month) >= 0.9
    assert result.card.metrics["bootstrap_ari_mean"] >= 0.8


def test_numbers_rise_with_use_and_names_say_what_stands_out(first):
    table = first.profile[first.profile["feature"] == "mean_daily_kwh_12m"].set_index("segment_id")
    assert list(table.index) == [1, 2, 3, 4]
    assert table["segment_median"].is_monotonic_increasing
    assert list(table["segment_code"]) == [
        "low_use",
        "weekend_heavy",
        "winter_heavy",
        "workday_heavy",
    ]
    assert table["segment_name_zh"].is_unique
    assert table["accounts"].sum() == 400
    assert table["share"].sum() == pytest.approx(1)


def test_the_order_of_rows_does_not_matter(branch, name_rules, first, tmp_path):
    shuffled = segment(branch().sample(frac=1, random_state=7), name_rules, params=QUICK)
    for name in ("assignments", "profile"):
        assert parquet(getattr(first, name), tmp_path) == parquet(getattr(shuffled, name), tmp_path)
    assert parquet(first.card.frame(), tmp_path) == parquet(shuffled.card.frame(), tmp_path)
    assert model_store.dumps(first.model.as_dict()) == model_store.dumps(shuffled.model.as_dict())


@pytest.mark.parametrize("params", [QUICK, REFIT], ids=["stored model", "fitted anew"])
def test_next_month_keeps_numbers_and_names(branch, name_rules, first, params):
    january = branch(seed=99, month="2026-01-01").sample(frac=1, random_state=3)
    january["mean_daily_kwh_12m"] *= 1.05
    result = segment(january, name_rules, first.model, params)
    assert result.is_new_model == (params is REFIT)
    before, after = names(first), names(result)
    assert np.mean([before[account] == after[account] for account in before]) >= 0.99


def test_a_new_behaviour_gets_a_new_number_and_a_gone_one_is_not_given_again(
    branch, name_rules, first
):
    january = branch(month="2026-01-01")
    summer = january["truth"] == "weekend"
    january.loc[summer, "weekend_ratio_12m"] = 1.0
    january.loc[summer, "winter_summer_ratio_12m"] /= 5
    result = segment(january, name_rules, first.model, REFIT)
    codes = {name: number for number, name in set(names(result).values())}
    assert codes == {"low_use": 1, "winter_heavy": 3, "workday_heavy": 4, "summer_heavy": 5}
    assert result.model.last_id == 5


def test_the_stored_model_serves_until_it_is_old(branch, name_rules, first):
    may = segment(branch(month="2026-05-01"), name_rules, first.model, QUICK)
    june = segment(branch(month="2026-06-01"), name_rules, first.model, QUICK)
    assert (may.is_new_model, june.is_new_model) == (False, True)
    assert may.card.trained_to == first.card.trained_to
    assert names(june) == names(first)


def test_a_model_that_comes_back_from_the_store_scores_the_same(branch, name_rules, first):
    stored = SegmentModel.from_dict(model_store.loads(model_store.dumps(first.model.as_dict())))
    january = branch(month="2026-01-01", seed=4)
    pd.testing.assert_frame_equal(
        segment(january, name_rules, stored, QUICK).assignments,
        segment(january, name_rules, first.model, QUICK).assignments,
    )


def test_a_feature_that_starts_to_arrive_enters_with_the_next_fit_and_costs_no_number(
    branch, name_rules, first
):
    january = branch(month="2026-01-01")
    january["valley_share_12m"] = np.random.default_rng(0).uniform(0.29, 0.31, len(january))
    result = segment(january, name_rules, first.model, REFIT)
    assert "valley_share_12m" in result.model.features
    assert names(result) == names(first)


def test_a_feature_that_stops_to_arrive_forces_a_fit(branch, name_rules, first):
    january = branch(month="2026-01-01")
    january["weekend_ratio_12m"] = np.nan
    result = segment(january, name_rules, first.model, QUICK)
    assert result.is_new_model
    assert "weekend_ratio_12m" not in result.model.features
    assert any("weekend_ratio_12m" in note for note in result.notes)


def test_an_account_that_lacks_data_is_unscored_with_a_reason(branch, name_rules):
    month = branch()
    month.loc[0, "usable_days_12m"] = 10
    month.loc[1, "winter_summer_ratio_12m"] = np.nan
    month.loc[2, "is_closed"] = True
    result = segment(month, name_rules, params=QUICK)
    table = result.assignments.iloc[:4]
    assert list(table["segment_id"].isna()) == [True, True, True, False]
    assert list(table["segment_code"][:3]) == ["unscored"] * 3
    assert "fewer than 180 usable days" in table["unscored_reason"][0]
    assert table["unscored_reason"][1] == "no winter_summer_ratio_12m"
    assert table["unscored_reason"][2] == "account closed"
    assert pd.isna(table["unscored_reason"][3])
    assert result.card.metrics["rows_unscored"] == 3


@pytest.mark.parametrize("accounts", [0, 1, 29])
def test_too_few_accounts_are_unscored_and_the_card_says_so(branch, name_rules, accounts, tmp_path):
    result = segment(branch(accounts), name_rules)
    assert len(result.assignments) == accounts
    assert result.assignments["segment_id"].isna().all()
    assert result.model is None
    assert f"{accounts} comparable accounts" in result.card.text_en
    assert f"可比户数{accounts}" in result.card.text_zh
    # An empty table has the column types of a full one, or the files would not fit together.
    full = segment(branch(), name_rules, params=QUICK)
    for name in ("assignments", "profile"):
        assert list(getattr(result, name).dtypes) == list(getattr(full, name).dtypes)
    assert list(result.card.frame().dtypes) == list(full.card.frame().dtypes)


def test_accounts_that_are_all_alike_are_unscored(branch, name_rules):
    month = branch(60, noise=0)
    month["truth"] = "low"
    alike = month.loc[0, "mean_daily_kwh_12m":"daily_cv_12m"].to_numpy()
    month.loc[:, "mean_daily_kwh_12m":"daily_cv_12m"] = np.tile(alike, (60, 1)).astype(float)
    result = segment(month, name_rules)
    assert result.assignments["segment_id"].isna().all()
    assert "without differences" in result.card.text_en


def test_a_few_absurd_meters_make_no_segment(branch, name_rules):
    month = branch()
    month.loc[:2, "mean_daily_kwh_12m"] = 1e12
    result = segment(month, name_rules, params=QUICK)
    assert agreement(result, month) >= 0.97
    assert result.profile["accounts"].min() >= 95


def test_the_number_of_segments_stays_when_another_is_not_clearly_better(branch, name_rules):
    # One broad cloud: every number of clusters fits it about as well.
    month = branch(noise=1.2)
    easy = replace(REFIT, stable_ari=0.0, silhouette_margin=1.0)
    numbers = {}
    for k in (3, 5):
        before = segment(month, name_rules, params=replace(easy, candidates=(k,))).model
        january = month.assign(month=pd.Timestamp("2026-01-01"))
        numbers[k] = len(segment(january, name_rules, before, easy).model.segments)
    assert numbers == {3: 3, 5: 5}


def test_wrong_input_is_refused(branch, name_rules, first):
    with pytest.raises(ValueError, match="occurs twice"):
        segment(pd.concat([branch(40), branch(40)]), name_rules)
    with pytest.raises(ValueError, match="more than one month"):
        other = branch(40, month="2025-11-01").assign(account_no=lambda t: "B" + t["account_no"])
        segment(pd.concat([branch(40), other]), name_rules)
    with pytest.raises(ValueError, match="not earlier"):
        segment(branch(), name_rules, first.model)


def test_the_card_is_complete(first):
    row = first.card.frame().iloc[0]
    metrics = json.loads(row["metrics"])
    assert {"bootstrap_ari_mean", "bootstrap_ari_low", "k", "silhouette"} <= set(metrics)
    assert set(metrics["candidates"]) == {"3", "4", "5"}
    assert json.loads(row["parameters"])["seed"] == QUICK.seed
    assert "scikit-learn" in json.loads(row["library_versions"])
    assert (str(row["trained_from"]), str(row["trained_to"])) == ("2025-01-01", "2025-12-01")
    assert row["rows"] == 400
