"""Anomaly cases on a small branch whose truth is planted by hand, day by day."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ml import anomaly, anomaly_days, anomaly_model, model_store
from ml.anomaly_card import card
from ml.anomaly_gaps import gaps
from ml.anomaly_panel import Calendar, panel, peers_index

SEEDS = Path(__file__).parents[2] / "seeds"
CAUSES = pd.read_csv(SEEDS / "anomaly_cause.csv", dtype=str)
WORDING = pd.read_csv(SEEDS / "anomaly_evidence.csv", dtype=str)
CODES = sorted(CAUSES["event_code"].dropna().unique())
END = pd.Timestamp("2026-06-28")
CALENDAR = Calendar(END)
ACCOUNTS, DAYS = 330, 7 * 78
# Account by number: what is planted, and the days before the end on which it began.
THIEF, EMPTY, NIGHT, SILENT, LEFT, QUIET_THIEF = 3, 14, 25, 36, 47, 58
BEGAN = 101


def name(number: int) -> str:
    return f"A{number:04d}"


def branch():
    """Days of homes (and some shops), and days of their transformers of ten accounts."""
    generator = np.random.default_rng(5)
    level = np.exp(generator.normal(2, 0.4, ACCOUNTS))
    shop = np.arange(ACCOUNTS) % 11 == 0
    shares = np.where(shop[:, None], [0.5, 0.35, 0.15], [0.45, 0.2, 0.35])
    season = 1 + 0.25 * np.cos(2 * np.pi * np.arange(DAYS) / 365)
    noise = np.exp(generator.normal(0, 0.12, (ACCOUNTS, DAYS, 3)))
    true = level[:, None, None] * season[None, :, None] * shares[:, None, :] * noise
    since = DAYS - BEGAN
    true[EMPTY, since:] *= 0.02
    true[LEFT, since - 60 : since] *= 0.1
    measured = true.copy()
    measured[THIEF, since:] *= 0.35
    measured[NIGHT, since:, 2] *= 0.08
    measured[QUIET_THIEF, since:] *= 0.4
    supplied = true.sum(axis=2) * 1.03
    loss = supplied - measured.sum(axis=2)
    grid = np.arange(ACCOUNTS) // 10
    first = END - pd.Timedelta(days=DAYS - 1)
    day = np.tile(pd.date_range(first, END), ACCOUNTS)
    rows = pd.DataFrame({"account_no": np.repeat([name(i) for i in range(ACCOUNTS)], DAYS),
                         "day": day, "usage_kwh": measured.sum(axis=2).reshape(-1)})  # fmt: skip
    for place, register in enumerate(("peak_kwh", "flat_kwh", "valley_kwh")):
        rows[register] = measured[:, :, place].reshape(-1)
    for number, length in ((SILENT, 24), (LEFT, BEGAN)):
        hole = rows["account_no"].eq(name(number)) & (rows["day"] > END - pd.Timedelta(days=length))
        rows = rows[~hole]
    transformers = pd.DataFrame(
        [
            (f"T{t}", w, supplied[grid == t, w * 7 : w * 7 + 7].sum() / 7,
             loss[grid == t, w * 7 : w * 7 + 7].sum() / 7)
            for t in range(grid.max() + 1) for w in range(78)
        ],
        columns=["transformer_no", "week", "supplied_kwh", "loss_kwh"],
    )  # fmt: skip
    accounts = pd.DataFrame(
        {
            "account_no": [name(i) for i in range(ACCOUNTS)],
            "category": np.where(shop, "commercial", "residential"),
            "industry_code": None,
            "voltage_kv": 0.22,
            "contract_capacity_kva": 8.0,
            "district_code": "D1",
            "transformer_no": [f"T{i // 10}" for i in range(ACCOUNTS)],
            "first_read_on": first,
        }
    )
    return accounts, rows, transformers


def weeks_of(rows: pd.DataFrame) -> pd.DataFrame:
    grouped = rows.assign(week=CALENDAR.week_of(rows["day"])).groupby(["account_no", "week"])
    weeks = grouped[["usage_kwh", "peak_kwh", "flat_kwh", "valley_kwh"]].sum()
    days = grouped.size()
    weeks = weeks.assign(read_days=days, usable_days=days, register_days=days, zero_days=0)
    return weeks.reset_index()


@pytest.fixture(scope="module")
def made():
    accounts, rows, transformers = branch()
    events = pd.DataFrame(
        {"account_no": [name(THIEF)], "event_code": ["E0401_COVER_OPENED"],
         "day": [END - pd.Timedelta(days=BEGAN - 4)]}
    )  # fmt: skip
    changes = pd.DataFrame({"account_no": [name(50)], "day": [END]})
    of = panel(accounts, weeks_of(rows), transformers, events, changes, CODES, CALENDAR)
    sky = {"": np.zeros((78, 2))}
    params = anomaly_model.CauseParams(each=150)
    model = anomaly_model.fit(of, peers_index(of), sky, CAUSES, set(), "2026-05", params)
    return of, sky, model, rows


def cases_of(made, inspections: list[tuple] = ()) -> pd.DataFrame:
    of, sky, model, rows = made
    visits = pd.DataFrame(inspections, columns=["account_no", "inspected_on", "finding"])
    table = anomaly.cases(of, model, peers_index(of), sky, CAUSES, visits, WORDING, CALENDAR)
    return anomaly_days.dated(anomaly.ranked(table), rows).set_index("account_no")


@pytest.fixture(scope="module")
def cases(made):
    return cases_of(made)


def test_what_was_planted_is_found_with_its_cause(cases):
    assert cases.at[name(THIEF), "cause"] == "theft_scaled"
    assert cases.at[name(NIGHT), "cause"] == "theft_night"
    assert cases.at[name(EMPTY), "cause"] == "vacancy"


def test_a_case_begins_on_its_day(cases):
    began = (END - pd.Timedelta(days=BEGAN - 1)).date()
    for number in (THIEF, NIGHT, EMPTY):
        off = pd.Timestamp(cases.at[name(number), "started_on"]) - pd.Timestamp(began)
        assert abs(off.days) <= 1
        assert pd.isna(cases.at[name(number), "ended_on"])


def test_the_loss_of_the_transformer_is_what_the_thief_took(cases, made):
    thief, empty = cases.loc[name(THIEF)], cases.loc[name(EMPTY)]
    missing = thief["expected_kwh_per_day"] - thief["measured_kwh_per_day"]
    # Another thief steals from the same transformer.
    assert thief["transformer_excess_loss_kwh_per_day"] > 0.9 * missing
    assert "loses" in " ".join(thief[[f"evidence_{i}_en" for i in range(1, 5)]].dropna())
    assert empty["visit_probability"] < 0.1
    assert pd.isna(empty["rank"])


def test_the_largest_expected_energy_comes_first_and_probabilities_sum_to_one(cases):
    listed = cases[cases["rank"].notna()].sort_values("rank")
    assert set(listed.index) >= {name(THIEF), name(NIGHT), name(QUIET_THIEF)}
    assert listed["expected_recovered_kwh"].is_monotonic_decreasing
    columns = [f"probability_{cause}" for cause in (*anomaly.ALL_CAUSES, "none")]
    assert cases[columns].sum(axis=1).to_numpy() == pytest.approx(1)


def test_the_meters_report_is_named(cases):
    assert cases.at[name(THIEF), "meter_event_code"] == "E0401_COVER_OPENED"
    assert pd.isna(cases.at[name(QUIET_THIEF), "meter_event_code"])


def test_a_visit_that_found_nothing_clears_and_one_that_found_it_closes(made, cases):
    day = END - pd.Timedelta(days=20)
    after = cases_of(made, [(name(THIEF), day, "none"), (name(NIGHT), day, "theft")])
    before = cases.at[name(THIEF), "visit_probability"]
    assert after.at[name(THIEF), "visit_probability"] < before
    assert pd.isna(after.at[name(NIGHT), "rank"])
    assert after.at[name(NIGHT), "inspection_finding"] == "theft"
    # A visit before the case says nothing of it.
    early = cases_of(made, [(name(THIEF), END - pd.Timedelta(days=200), "none")])
    assert early.at[name(THIEF), "visit_probability"] == pytest.approx(before)


def test_reads_that_stop_are_a_gap_and_a_supply_that_was_left_is_vacant(cases):
    silent, left = cases.loc[name(SILENT)], cases.loc[name(LEFT)]
    assert (silent["case_kind"], silent["cause"]) == ("reads", "collection_gap")
    assert pd.Timestamp(silent["started_on"]) == END - pd.Timedelta(days=23)
    both = cases.loc[[name(LEFT)]]
    assert "vacancy" in set(both[both["case_kind"] == "reads"]["cause"])
    assert left is not None


def test_a_meter_that_reported_its_silence_is_surely_a_gap(made):
    of = made[0]
    code = "E0601_COMMUNICATION_LOST"
    before = gaps(of, code).set_index("row")
    told = of.take(np.arange(ACCOUNTS))
    told.events[SILENT, before.at[SILENT, "start"], CODES.index(code)] = True
    assert (
        gaps(told, code).set_index("row").at[SILENT, "collection_gap"]
        > (before.at[SILENT, "collection_gap"])
    )


def test_few_of_the_innocent_are_accused(cases):
    planted = {name(i) for i in (THIEF, EMPTY, NIGHT, SILENT, LEFT, QUIET_THIEF)}
    assert len(set(cases.index) - planted) <= 6


def test_a_stored_model_gives_the_same_probabilities(made):
    from ml.anomaly_signs import signs

    of, sky, model, _ = made
    table = signs(of, peers_index(of), sky).table
    stored = model_store.loads(model_store.dumps(model.as_dict()))
    again = anomaly_model.CauseModel.from_dict(stored)
    account = of.accounts["account_no"]
    pd.testing.assert_frame_equal(
        model.probabilities(table, account), again.probabilities(table, account)
    )


def test_too_few_accounts_make_no_model_and_the_card_says_why(made):
    of, sky, _, _ = made
    few = of.take(np.arange(100))
    assert anomaly_model.fit(few, peers_index(few), sky, CAUSES, set(), "2026-05") is None
    told = card(None, 100, pd.DataFrame())
    assert "fewer than 300" in told.text_en
    assert "不足300户" in told.text_zh


def test_an_account_twice_is_refused():
    twice = pd.DataFrame({"account_no": ["A", "A"]})
    nothing = pd.DataFrame()
    with pytest.raises(ValueError, match="twice"):
        panel(twice, nothing, nothing, nothing, nothing, CODES, CALENDAR)
