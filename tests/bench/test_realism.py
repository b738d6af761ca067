"""The realism report on tiny landings whose figures a reader can check by eye."""

import gzip
import os
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats

# bench is run from the repository and never installed.
sys.path.insert(0, str(Path(__file__).parents[2]))

from bench import realism, realism_distance, realism_households, realism_landing, realism_rates

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("WATTLEAD_REAL_DATA", ROOT.parent / "shared" / "data")) / "london_lcl"
FIRST = date(2025, 1, 1)


def land(landing: Path, folder: str, rows: list[dict], load_date: str = "2026-01-01") -> None:
    target = landing / folder / f"load_date={load_date}"
    target.mkdir(parents=True, exist_ok=True)
    names = {name: None for row in rows for name in row}
    table = pa.table({name: [row.get(name) for row in rows] for name in names})
    pq.write_table(table, target / f"part-{len(list(target.iterdir()))}.parquet")


def reads(meter: str, kwh, **also) -> list[dict]:
    return [
        {
            "meter_no": meter,
            "read_date": FIRST + timedelta(days=place),
            "kwh_total": float(value),
            "read_status": "actual",
            "collected_at": datetime(2026, 1, 1),
            **also,
        }
        for place, value in enumerate(kwh)
    ]


def land_homes(landing: Path, numbers, **also) -> None:
    land(landing, "crm/accounts", [
        {"account_no": f"A{n}", "customer_no": f"C{n}", "category": "residential",
         "district_code": "d", **also} for n in numbers
    ])  # fmt: skip
    land(landing, "ami/meters", [{"meter_no": f"M{n}", "account_no": f"A{n}"} for n in numbers])


@pytest.fixture
def landing(tmp_path):
    folder = tmp_path / "landing"
    folder.mkdir()
    return folder


def opened(landing: Path, truth: Path | None = None):
    connection = realism_landing.connect()
    realism_landing.open_landing(connection, landing, truth)
    return connection


def persistent(rng, days: int, memory: float) -> np.ndarray:
    """A first-order autoregression around 0 with spread 1."""
    values = np.empty(days)
    values[0] = rng.normal()
    for day in range(1, days):
        values[day] = memory * values[day - 1] + np.sqrt(1 - memory**2) * rng.normal()
    return values


def test_planted_memory_comes_back_with_the_weather_taken_out(landing):
    rng = np.random.default_rng(1)
    days, memory = 700, 0.6
    # 18 °C is where heating starts (seeds/degree_day_bases.csv), 2 kWh a degree day.
    t = 18 - 9 * (1 + np.cos(2 * np.pi * np.arange(days) / 365))
    land_homes(landing, range(20))
    land(landing, "external/weather_days", [
        {"district_code": "d", "day": FIRST + timedelta(days=day), "t_mean": float(t[day])}
        for day in range(days)
    ])  # fmt: skip
    for home in range(20):
        kwh = 50 + 2 * (18 - t) + persistent(rng, days, memory)
        land(landing, "ami/daily_reads", reads(f"M{home}", kwh))
    connection = opened(landing)
    realism_households.load_simulated(connection)
    realism_households.measure(connection, "simulated")
    raw, lag_1, lag_7, cold, explained = connection.execute(
        "select median(lag_1), median(lag_1_residual), median(lag_7_residual), median(temperature),"
        " median(weather_share) from simulated_household"
    ).fetchone()
    assert lag_1 == pytest.approx(memory, abs=0.03)
    assert lag_7 == pytest.approx(memory**7, abs=0.05)
    assert raw > 0.95
    assert cold == pytest.approx(-0.99, abs=0.01)
    assert explained == pytest.approx(0.99, abs=0.01)


def test_a_day_counts_once_and_only_when_it_was_read(landing, tmp_path):
    land_homes(landing, [1, 2])
    land(
        landing, "crm/accounts", [{"account_no": "F", "customer_no": "F", "category": "industrial"}]
    )
    land(landing, "ami/meters", [{"meter_no": "MF", "account_no": "F"}])
    land(landing, "ami/daily_reads", reads("MF", [9]))
    days = reads("M1", [1, 2, 3, -4, 5, 6, 7])
    days[1]["read_status"] = "estimated"
    days[4] |= {"intervals_read": 40, "intervals_expected": 96}
    land(landing, "ami/daily_reads", days)
    # Day 0 is corrected to 8 by a read collected later, though it landed in an earlier file.
    late = {"collected_at": datetime(2026, 2, 1)}
    land(landing, "ami/daily_reads", reads("M1", [8], **late), "2025-12-01")
    land(landing, "ami/daily_reads", reads("M1", [0.5], collected_at=datetime(2025, 1, 1)))
    truth = tmp_path / "truth"
    truth.mkdir()
    planted = {"meter_no": ["M1"], "read_date": [FIRST + timedelta(days=6)], "kind": ["theft"]}
    pq.write_table(pa.table(planted), truth / "dirty.parquet")

    def sound(truth):
        connection = opened(landing, truth)
        realism_households.load_simulated(connection)
        rows = connection.execute("select household, day, kwh from simulated_day order by 1, 2")
        return [(home, (day - FIRST).days, kwh) for home, day, kwh in rows.fetchall()]

    assert sound(None) == [("A1", 0, 8.0), ("A1", 2, 3.0), ("A1", 5, 6.0), ("A1", 6, 7.0)]
    assert sound(truth) == [("A1", 0, 8.0), ("A1", 2, 3.0), ("A1", 5, 6.0)]


def test_spikes_are_left_out_and_households_need_300_days(landing):
    land_homes(landing, [1, 2])
    kwh = [4.0] * 300 + [5000.0]
    land(landing, "ami/daily_reads", reads("M1", kwh) + reads("M2", [4.0] * 299))
    connection = opened(landing)
    realism_households.load_simulated(connection)
    realism_households.measure(connection, "simulated")
    rows = connection.execute("select household, days, mean_kwh, peak from simulated_household")
    assert rows.fetchall() == [("A1", 300, 4.0, 1.0)]


@pytest.fixture
def samples():
    """Tables ``one`` and ``other``: 200 and 150 households, each statistic drawn anew."""
    connection = realism_landing.connect()
    rng = np.random.default_rng(2)
    drawn = {}
    for table, size, centre in [("one", 200, 0.0), ("other", 150, 0.3)]:
        drawn[table] = {
            name: rng.normal(centre, 1, size).round(4) for name in realism_households.STATISTICS
        }
        arrow = pa.table({"household": [f"H{n}" for n in range(size)], **drawn[table]})
        connection.register("arrow", arrow)
        connection.execute(f"create temp table {table}_household as from arrow")
    return connection, drawn


def test_distances_are_those_of_scipy(samples):
    connection, drawn = samples
    found = realism_distance.distances(connection, "one_household", "other_household")
    assert list(sorted(found)) == sorted(realism_households.STATISTICS)
    for name, distance in found.items():
        one, other = drawn["one"][name], drawn["other"][name]
        assert distance.ks == pytest.approx(stats.ks_2samp(one, other).statistic)
        assert distance.wasserstein == pytest.approx(stats.wasserstein_distance(one, other))


def test_a_population_is_no_distance_from_itself_and_a_shift_is_the_shift(samples):
    connection, _ = samples
    same = realism_distance.distances(connection, "one_household", "one_household")
    assert set(same.values()) == {realism_distance.Distance(0, 0, 0)}
    connection.execute(
        "create temp table moved as select * replace (mean_kwh + 2 as mean_kwh) from one_household"
    )
    moved = realism_distance.distances(connection, "one_household", "moved")
    assert moved["mean_kwh"].wasserstein == pytest.approx(2)
    assert moved["mean_kwh"].ks > 0.5
    assert moved["mean_kwh"].aligned == 0
    assert moved["lag_1"] == realism_distance.Distance(0, 0, 0)


def test_pairs_are_rank_correlations(samples):
    connection, drawn = samples
    found = realism_distance.pairs(connection, "one")
    for (one, other), value in zip(realism_distance.PAIRS, found, strict=True):
        expected = stats.spearmanr(drawn["one"][one], drawn["one"][other]).statistic
        assert value == pytest.approx(expected)


def test_every_range_has_a_measure_bounds_and_a_source_or_says_none_found():
    ranges = realism.read_ranges()
    assert sorted(entry["code"] for entry in ranges) == sorted(realism_rates.RATES)
    for entry in ranges:
        assert entry["low"] <= entry["high"], entry["code"]
        assert entry["label"] and entry["unit"] and entry["measured"], entry["code"]
        if entry["source"] != realism.NONE_FOUND:
            assert entry["source"], entry["code"]
            for source in entry["source"]:
                assert set(source) == {"title", "year", "says", "address"}, entry["code"]
                assert source["title"] and source["says"] and source["address"], entry["code"]


def test_what_never_landed_is_not_simulated(landing):
    land_homes(landing, [1])
    land(landing, "ami/daily_reads", reads("M1", [1.0] * 10))
    found = realism_rates.rates(opened(landing))
    assert found["late_bills"] == realism_rates.Measured(
        None, 0, "no billing/bills, billing/payments"
    )
    assert found["outage_minutes"].note == "no grid/outages, grid/transformers"
    assert found["ev_share"].note == "no truth/accounts.archetype"
    assert found["retail_market_churn"] == realism_rates.Measured(None, 0, "no case to measure")
    assert found["read_success"] == realism_rates.Measured(1.0, 10)


def bill(number: str, account: str, due: date, amount: float = 100.0) -> dict:
    return {"bill_no": number, "account_no": account, "billing_month": due.replace(day=1),
            "amount_due": amount, "issued_on": due - timedelta(days=20), "due_on": due}  # fmt: skip


def payment(number: str, account: str, bill_no: str | None, day: date, amount=100.0) -> dict:
    return {"payment_no": number, "account_no": account, "bill_no": bill_no,
            "paid_at": datetime(day.year, day.month, day.day, 12), "amount": amount}  # fmt: skip


def test_bills_late_and_unpaid(landing):
    land(landing, "ami/daily_reads", reads("M", [1.0] * 365))
    on_time, late, unpaid, young = (
        date(2025, 3, 20),
        date(2025, 4, 20),
        date(2025, 6, 20),
        date(2025, 12, 30),
    )
    land(landing, "billing/bills", [
        bill("1", "A1", on_time), bill("2", "A1", late), bill("3", "A2", unpaid),
        bill("4", "A2", young), bill("5", "A3", young), bill("6", "A4", unpaid),
    ])  # fmt: skip
    # The last day paid at noon is in time; a repeat of a payment is the same payment.
    paid = [payment("1", "A1", "1", on_time), payment("2", "A1", "2", late + timedelta(days=1)),
            payment("3", "A2", "3", unpaid, 50.0), payment("6", "A4", None, FIRST)]  # fmt: skip
    land(landing, "billing/payments", [*paid, paid[2]])
    found = realism_rates.rates(opened(landing))
    # A4 pays in advance and is left out; of the other five only bill 1 was paid in time.
    assert found["late_bills"] == realism_rates.Measured(0.8, 5)
    assert found["accounts_in_arrears"].value == pytest.approx(1 / 3)
    assert found["arrears_over_90_days"].value == pytest.approx(50 / 250)
    assert found["overdue_of_revenue"].value == pytest.approx(50 / 500 * 365 / 365.25)


def test_churn_and_moves_come_from_landed_versions(landing):
    land(landing, "ami/daily_reads", reads("M", [1.0] * 365))
    firm = {"category": "industrial", "customer_no": "F", "supply_mode": "retail_market"}
    home = {"category": "residential", "customer_no": "H", "closed_on": None}
    land(landing, "crm/accounts", [
        firm | {"account_no": "F1"}, firm | {"account_no": "F2"},
        home | {"account_no": "H1"}, home | {"account_no": "H2"}, home | {"account_no": "H3"},
        home | {"account_no": "H4"},
    ], "2025-01-01")  # fmt: skip
    land(landing, "crm/accounts", [
        firm | {"account_no": "F1", "supply_mode": "agent_purchase"},
        firm | {"account_no": "F2"},
        home | {"account_no": "H1", "customer_no": "new"},
        home | {"account_no": "H2", "closed_on": date(2025, 6, 1)},
        home | {"account_no": "H3"},
    ], "2025-07-02")  # fmt: skip
    found = realism_rates.rates(opened(landing))
    # F1 is on the market for 182 days, F2 for the 364 to the last read.
    assert found["retail_market_churn"].value == pytest.approx(365.25 / (182 + 364))
    assert found["retail_market_churn"].cases == 2
    assert found["move_out"].value == pytest.approx(2 / 4 * 365.25 / 365)


def test_marketing_process_and_grid(landing, tmp_path):
    land_homes(landing, [1, 2, 3, 4])
    land(landing, "ami/meters", [
        {"meter_no": f"M{n}", "account_no": f"A{n}", "transformer_no": "T1" if n < 4 else "T2"}
        for n in range(1, 5)
    ], "2026-02-01")  # fmt: skip
    land(
        landing,
        "ami/daily_reads",
        reads("M1", [1.0] * 364) + reads("M2", [1.0] * 365, kwh_export=1.0),
    )
    land(landing, "ami/daily_reads", reads("M3", [1.0], read_status="estimated"))
    noon = datetime(2025, 6, 1, 12)
    land(landing, "marketing/campaigns", [
        {"campaign_no": "1", "product_code": "tou_tariff", "start_on": FIRST},
        {"campaign_no": "2", "product_code": "ev_charging", "start_on": FIRST},
    ])  # fmt: skip
    touches = [("1", "1", "sms", "treated", noon), ("2", "1", "sms", "treated", noon),
               ("3", "2", "sms", "treated", noon), ("4", "1", None, "holdout", noon),
               ("5", "2", "sms", "treated", datetime(2025, 12, 20)),
               ("6", "2", "phone", "treated", noon)]  # fmt: skip
    land(landing, "marketing/touches", [
        {"touch_no": number, "campaign_no": campaign, "account_no": "A1", "channel": channel,
         "arm": arm, "sent_at": at} for number, campaign, channel, arm, at in touches
    ])  # fmt: skip
    land(landing, "marketing/responses", [
        {"touch_no": number, "outcome": "declined" if number == "3" else "enrolled"}
        for number in "1346"
    ])  # fmt: skip
    land(landing, "process/inspections", [
        {"inspection_no": str(n), "account_no": "A1", "inspected_at": noon, "kind": kind,
         "finding": finding, "recovered_kwh": kwh}
        for n, (kind, finding, kwh) in enumerate([
            ("periodic", "none", None), ("periodic", "theft", 30.0), ("rule", "meter_fault", 5.0),
            ("rule", None, None), ("lead", "theft", 20.0)])
    ])  # fmt: skip
    land(landing, "grid/transformer_days", [
        {"transformer_no": "T1", "day": FIRST, "kwh_supplied": 600.0, "kwh_sold": 570.0},
        {"transformer_no": "T2", "day": FIRST, "kwh_supplied": 400.0, "kwh_sold": None},
    ])  # fmt: skip
    land(landing, "grid/transformers", [
        {"transformer_no": "T1", "feeder_no": "F"}, {"transformer_no": "T2", "feeder_no": "F"},
        {"transformer_no": "T3", "feeder_no": "F"},
    ])  # fmt: skip
    hour = {"started_at": noon, "ended_at": noon + timedelta(hours=1)}
    land(landing, "grid/outages", [
        {"outage_no": "1", "feeder_no": "F", "transformer_no": None, **hour},
        {"outage_no": "2", "feeder_no": "F", "transformer_no": "T1", **hour},
        {"outage_no": "3", "feeder_no": "F", "transformer_no": "T1", **hour, "ended_at": None},
    ])  # fmt: skip
    land(landing, "process/work_orders", [
        {"order_no": "1", "category_1": "投诉", "created_at": noon},
        {"order_no": "2", "category_1": "咨询", "created_at": noon},
    ])  # fmt: skip
    land(landing, "process/applications", [
        {"application_no": "1", "kind": "new", "requested_kva": 8.0, "submitted_at": noon},
        {"application_no": "2", "kind": "increase", "requested_kva": 400.0, "submitted_at": noon},
        {"application_no": "3", "kind": "pv", "requested_kva": 8.0, "submitted_at": noon},
    ])  # fmt: skip
    land(landing, "process/application_stages", [
        {"application_no": number, "stage": stage, "started_at": noon,
         "finished_at": noon + timedelta(days=days)}
        for number, stage, days in [("1", "accept", 1), ("1", "energised", 6),
                                    ("2", "energised", 80), ("3", "energised", 40)]
    ])  # fmt: skip
    truth = tmp_path / "truth"
    truth.mkdir()
    kinds = {"account_no": ["A1", "A2", "A3", "A4"], "archetype": ["ev_owner", "x", "x", "x"]}
    pq.write_table(pa.table(kinds), truth / "accounts.parquet")
    found = realism_rates.rates(opened(landing, truth))
    values = {code: (rate.value, rate.cases) for code, rate in found.items()}
    years = 365 / 365.25
    assert values["response_sms"] == (pytest.approx(1 / 3), 3)
    assert values["response_phone"] == (1.0, 1)
    assert values["response_tou_tariff"] == (0.5, 2)
    assert found["response_app"].note == "no case to measure"
    assert values["theft_hits_random"] == (0.5, 2)
    assert values["theft_hits_rule"] == (0.0, 1)
    assert values["theft_hits_analytics"] == (1.0, 1)
    assert values["non_technical_loss"] == (pytest.approx(0.05), 2)
    assert values["line_loss_low_voltage"] == (pytest.approx(0.05), 1)
    # An hour for all four meters, and one for the three of T1.
    assert values["outage_minutes"] == (pytest.approx((4 + 3) * 60 / 4 / years), 2)
    assert values["complaints"] == (pytest.approx(1000 / 4 / years), 1)
    assert values["work_orders"] == (pytest.approx(2000 / 4 / years), 2)
    assert values["connection_days_low"] == (6.0, 1)
    assert values["connection_days_high"] == (80.0, 1)
    assert values["ev_share"] == (0.25, 4)
    assert values["pv_share"] == (pytest.approx(1 / 3), 3)
    assert values["read_success"] == (pytest.approx(729 / 730), 730)
    assert values["estimated_reads"] == (pytest.approx(1 / 730), 730)


@pytest.fixture
def small_london(tmp_path):
    """Three households of 400 days in the published form."""
    folder = tmp_path / "london"
    (folder / "daily_dataset").mkdir(parents=True)
    rng = np.random.default_rng(3)
    lines = ["LCLid,day,energy_count,energy_sum"]
    weather = ["time,temperatureMin,temperatureMax"]
    for day in range(400):
        on = FIRST + timedelta(days=day)
        weather.append(f"{on} 00:00:00,{rng.normal(5):.2f},{rng.normal(12):.2f}")
        lines += [f"MAC{home},{on},48,{rng.uniform(4, 9):.3f}" for home in range(3)]
    lines.append(f"MAC0,{FIRST + timedelta(days=400)},47,9999")
    with gzip.open(folder / "daily_dataset" / "block_0.csv.gz", "wt") as file:
        file.write("\n".join(lines))
    (folder / "weather_daily_darksky.csv").write_text("\n".join(weather))
    return folder


def test_the_report_has_both_parts(landing, small_london, tmp_path, monkeypatch):
    rng = np.random.default_rng(4)
    land_homes(landing, range(4))
    for home in range(4):
        land(landing, "ami/daily_reads", reads(f"M{home}", rng.uniform(4, 9, 400)))
    out = tmp_path / "realism.md"
    realism.main(["--simulated", str(landing), "--london", str(small_london), "--out", str(out)])
    text = out.read_text()
    assert "London: 3 households, 400 days in the median; Simulated: 4 households" in text
    for label, _ in realism_households.STATISTICS.values():
        assert f"| {label} |" in text
    for entry in realism.read_ranges():
        assert f"| {entry['label']} |" in text
    assert "| not simulated (no grid/outages, grid/transformers) |" in text
    assert "judged, no source" in text


def test_a_folder_that_is_missing_is_named(landing, small_london):
    with pytest.raises(SystemExit, match="nowhere"):
        realism.main(["--simulated", "nowhere", "--london", str(small_london)])
    with pytest.raises(SystemExit, match="lacks ami_daily_reads, ami_meters, crm_accounts"):
        realism.main(["--simulated", str(landing), "--london", str(small_london)])


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.skipif(
    not DATA.is_dir(),
    reason=f"no London data at {DATA}; set WATTLEAD_REAL_DATA to its parent folder",
)
def test_london_beside_itself():
    connection = realism_landing.connect()
    realism_households.load_london(connection, DATA)
    realism_households.measure(connection, "london")
    same = realism_distance.distances(connection, "london_household", "london_household")
    assert set(same.values()) == {realism_distance.Distance(0, 0, 0)}
    chance = realism_distance.distances(connection, *realism_distance.halves(connection, "london"))
    assert max(distance.ks for distance in chance.values()) < 0.05
    number, mean, lag_1 = connection.execute(
        "select count(*), median(mean_kwh), median(lag_1) from london_household"
    ).fetchone()
    assert (number, round(mean, 2), round(lag_1, 2)) == (3799, 8.22, 0.53)
    correlation, _ = realism_distance.crowd(connection, "london")
    assert correlation == pytest.approx(-0.88, abs=0.01)
