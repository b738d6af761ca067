"""Event models in the job: fitted once a month, nothing learned early, honest when too young."""

import json
from datetime import date

import duckdb
import pandas as pd
import pytest

from ml import event_model
from ml.harness.intervals import Bootstrap
from orchestration.scores import events, files
from orchestration.scores.event_rows import OUTCOMES, EventRows
from orchestration.workspace import Workspace
from tests.ml import event_branch

DAY, NEXT_DAY = "2026-06-30", "2026-07-01"
ROW = event_branch.row_of("payment_risk")


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """A branch of 400 accounts from May 2025 to June 2026; A00001 has closed since."""
    params = event_model.TrainParams
    quick = params(min_events=15, folds=2, origins=1, bootstrap=Bootstrap(draws=20))
    monkeypatch.setattr(event_model, "TrainParams", lambda: quick)
    found = Workspace.at(tmp_path)
    table = event_branch.make(400, 14)
    table["month"] += pd.DateOffset(months=4)
    table["month"] = table["month"].dt.date
    late = table["month"] > date(2026, 2, 1)
    labels = table[["account_no", "month", *OUTCOMES]].astype(dict.fromkeys(OUTCOMES, object))
    labels.loc[late, list(OUTCOMES)] = None
    features = table.drop(columns=[*OUTCOMES, "truth", "is_protected"])
    found.warehouse.parent.mkdir(parents=True)
    with duckdb.connect(str(found.warehouse)) as connection:
        connection.register("features", features)
        connection.register("labels", labels)
        connection.execute("create schema customer_360; create schema marts")
        connection.execute("create table marts.dim_protection as select 'A00002' as account_no")
        connection.execute("create table customer_360.account_month as from features")
        connection.execute("""
            create table customer_360.account_outcome as
            select account_no, month, arrears_in_90_days::boolean as arrears_in_90_days,
                arrears_billed_cny::double as arrears_billed_cny,
                churns_in_90_days::boolean as churns_in_90_days, churn_kind::varchar as churn_kind
            from labels""")
        connection.execute("""
            create table customer_360.account_360 as
            select distinct account_no, account_no = 'A00001' as is_closed
            from customer_360.account_month""")
    return found


def told(workspace, name, day=DAY):
    return pd.read_parquet(files.score_file(workspace, name, day, "payment_risk"))


def test_a_month_is_fitted_once_and_each_of_its_days_says_the_same(workspace, monkeypatch):
    assert events.score_model(workspace, ROW, DAY) == "payment_risk 399"
    listed = told(workspace, "account_risk")
    assert "A00001" not in set(listed["account_no"])
    assert listed["is_listed"].sum() == 12 and listed["feature_month"].nunique() == 1
    decision = told(workspace, "model_decision")
    assert decision["is_promoted"].tolist() == [1]
    # Labels of March on are unknown, those of February known: from it nothing was learned.
    assert str(decision["judged_month"].iloc[0]) == "2026-02-01"
    path = workspace.models / "payment_risk" / "2026-06.skops"
    before = path.read_bytes()
    monkeypatch.setattr(event_model, "train", lambda *_: pytest.fail("fitted again"))
    events.score_model(workspace, ROW, NEXT_DAY)
    assert path.read_bytes() == before
    again = told(workspace, "account_risk", NEXT_DAY)
    pd.testing.assert_frame_equal(again, listed)
    pd.testing.assert_frame_equal(
        told(workspace, "model_drift", NEXT_DAY), told(workspace, "model_drift")
    )
    card = told(workspace, "model_card")
    assert "clerk's rule" in card["text_en"].iloc[0] and "经验规则" in card["text_zh"].iloc[0]


def test_rows_of_later_months_are_never_learned(workspace):
    with EventRows(workspace, "payment_risk", "arrears_in_90_days", ["bills_12m"]) as rows:
        learned, kept = rows.learned(date(1900, 1, 1), date(2025, 10, 1))
    assert learned["month"].max() == pd.Timestamp("2025-10-01") and kept == 1
    assert learned["arrears_in_90_days"].notna().all()


def test_sampling_keeps_the_events_and_says_what_it_left_out(workspace, monkeypatch):
    from orchestration.scores import event_rows

    monkeypatch.setattr(event_rows, "LEARNED_ROWS", 800)
    monkeypatch.setattr(event_rows, "JUDGED_ROWS", 100)
    with EventRows(workspace, "payment_risk", "arrears_in_90_days", ["bills_12m"]) as rows:
        learned, kept = rows.learned(date(2025, 5, 1), date(2026, 2, 1))
        again, _ = rows.learned(date(2025, 5, 1), date(2026, 2, 1))
        judged = rows.judged(date(2026, 2, 1), date(2026, 2, 1))
    quiet = (~learned["arrears_in_90_days"].astype(bool)).sum()
    everything = 400 * 10 - learned["arrears_in_90_days"].astype(bool).sum()
    assert quiet / everything == pytest.approx(kept, rel=0.15) and kept < 0.3
    pd.testing.assert_frame_equal(learned, again)
    assert 60 < len(judged) < 140


def test_a_branch_too_young_says_so_and_has_no_scores(workspace):
    with duckdb.connect(str(workspace.warehouse)) as connection:
        connection.execute("update customer_360.account_outcome set arrears_in_90_days = null")
    assert "none" in events.score_model(workspace, ROW, DAY)
    assert told(workspace, "account_risk").empty
    card = told(workspace, "model_card").iloc[0]
    assert "no scores" in card["text_en"] and "未评分" in card["text_zh"]
    assert not (workspace.models / "payment_risk").exists()


def test_an_earlier_champion_serves_on_unless_it_is_beaten(workspace):
    events.score_model(workspace, ROW, DAY)
    folder = workspace.models / "payment_risk"
    for suffix in (".skops", ".json"):
        (folder / "2026-06").with_suffix(suffix).rename((folder / "2026-05").with_suffix(suffix))
    events.score_model(workspace, ROW, DAY)
    decision = told(workspace, "model_decision").iloc[0]
    # The same again is no gain.
    assert decision["is_promoted"] == 0
    assert decision["champion_version"] == decision["challenger_version"]
    said = json.loads((folder / "2026-06.json").read_text(encoding="utf-8"))
    assert {row["group_name"] for row in said["model_performance"]} >= {"all", "area", "category"}
