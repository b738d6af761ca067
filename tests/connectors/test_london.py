"""The London connector on files in the published form, small enough to check by eye."""

import gzip
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

import contract
from connectors import ConnectorError, london

BLOCK_HEADER = (
    "LCLid,day,energy_median,energy_mean,energy_max,energy_count,energy_std,energy_sum,energy_min"
)
FILES = {
    "daily_dataset/block_0.csv": [
        BLOCK_HEADER,
        "MAC000001,2012-11-29,0.1,0.2,0.5,48,0.1,10.1230000000001,0.05",
        "MAC000001,2012-11-30,0.1,0.2,0.5,47,0.1,9.5,0.05",
        "MAC000001,2012-12-01,0.1,0.2,0.5,48,0.1,8.000049,0.05",
        # The published files have days whose sum is empty.
        "MAC000001,2012-12-02,,,,1,,,",
    ],
    "daily_dataset/block_1.csv": [
        BLOCK_HEADER,
        "MAC000002,2012-12-02,0.1,0.2,0.5,48,0.1,0,0",
        "MAC000002,2012-12-03,0.1,0.2,0.5,48,0.1,1.00006,0",
    ],
    "informations_households.csv": [
        "LCLid,stdorToU,Acorn,Acorn_grouped,file",
        "MAC000001,Std,ACORN-A,Affluent,block_0",
        "MAC000002,ToU,ACORN-L,Adversity,block_1",
        "MAC000003,Std,ACORN-L,Adversity,block_2",
    ],
    "weather_daily_darksky.csv": [
        "temperatureMax,icon,temperatureMin,humidity,time",
        "11.97,fog,8.85,0.95,2012-11-29 00:00:00",
        "8.59,fog,2.48,,2012-11-30 00:00:00",
        "13.41,rain,3.10,0.79,2012-12-03 00:00:00",
        "9.00,rain,3.00,0.80,2012-12-04 00:00:00",
        # In summer the local midnight is 23:00 UTC of the day before.
        "20.00,rain,10.00,0.80,2012-06-30 23:00:00",
    ],
    "uk_bank_holidays.csv": [
        "Bank holidays,Type",
        "2012-12-26,Boxing Day",
        "2012-12-25,Christmas Day   ",
    ],
}


@pytest.fixture
def published(tmp_path):
    """Writes the files, some of them changed or (None) left out; gives the folder."""

    def write(changes=None, zipped=False):
        folder = tmp_path / "london"
        for name, lines in {**FILES, **(changes or {})}.items():
            if lines is None:
                continue
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            text = "\n".join(lines) + "\n"
            if zipped:
                path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(text.encode()))
            else:
                path.write_text(text)
        return folder

    return write


def landed(folder):
    tables = {}
    for batch in london.read(folder):
        days = pa.array([batch.load_date] * batch.table.num_rows, pa.date32())
        table = batch.table.append_column("load_date", days)
        tables.setdefault(f"{batch.source}/{batch.entity}", []).append(table)
    return {name: pa.concat_tables(parts).to_pylist() for name, parts in tables.items()}


def test_every_row_lands_with_its_exact_energy(published):
    reads = landed(published())["ami/daily_reads"]
    columns = ("meter_no", "read_date", "kwh_total", "intervals_read")
    assert [tuple(read[name] for name in columns) for read in reads] == [
        ("MAC000001", date(2012, 11, 29), Decimal("10.1230"), 48),
        ("MAC000001", date(2012, 11, 30), Decimal("9.5000"), 47),
        ("MAC000001", date(2012, 12, 1), Decimal("8.0000"), 48),
        ("MAC000001", date(2012, 12, 2), None, 1),
        ("MAC000002", date(2012, 12, 2), Decimal("0.0000"), 48),
        ("MAC000002", date(2012, 12, 3), Decimal("1.0001"), 48),
    ]
    assert {r["intervals_expected"] for r in reads} == {48}


def test_a_month_lands_on_its_last_day_and_the_last_one_when_data_ends(published):
    tables = landed(published())
    loads = {(r["read_date"], r["load_date"]) for r in tables["ami/daily_reads"]}
    assert loads == {
        (date(2012, 11, 29), date(2012, 11, 30)),
        (date(2012, 11, 30), date(2012, 11, 30)),
        (date(2012, 12, 1), date(2012, 12, 3)),
        (date(2012, 12, 2), date(2012, 12, 3)),
        (date(2012, 12, 3), date(2012, 12, 3)),
    }
    # A household's records come with its first read.
    accounts = {r["account_no"]: r for r in tables["crm/accounts"]}
    assert accounts["MAC000001"]["load_date"] == date(2012, 11, 30)
    assert accounts["MAC000002"]["load_date"] == date(2012, 12, 3)
    assert accounts["MAC000002"]["tariff_code"] == "LCL-DTOU"
    assert accounts["MAC000002"]["source_group_code"] == "Adversity"


def test_households_without_reads_do_not_land(published):
    tables = landed(published())
    assert {r["account_no"] for r in tables["crm/accounts"]} == {"MAC000001", "MAC000002"}
    assert {r["customer_no"] for r in tables["crm/customers"]} == {"MAC000001", "MAC000002"}
    assert {r["meter_no"] for r in tables["ami/meters"]} == {"MAC000001", "MAC000002"}


def test_weather_is_of_the_local_day_and_ends_with_the_reads(published):
    weather = {r["day"]: r for r in landed(published())["external/weather_days"]}
    assert sorted(weather) == [
        date(2012, 7, 1),
        date(2012, 11, 29),
        date(2012, 11, 30),
        date(2012, 12, 3),
    ]
    assert weather[date(2012, 11, 29)]["t_mean"] == Decimal("10.41")
    assert weather[date(2012, 11, 29)]["humidity"] == Decimal("95.00")
    assert weather[date(2012, 11, 30)]["humidity"] is None


def test_holidays_lose_the_spaces_after_their_name(published):
    holidays = landed(published())["external/holidays"]
    assert [h["name"] for h in holidays] == ["Boxing Day", "Christmas Day"]


def test_zipped_files_land_the_same(published, tmp_path):
    plain = landed(published())
    for path in (tmp_path / "london").rglob("*.csv"):
        path.unlink()
    assert landed(published(zipped=True)) == plain


def test_what_it_lands_keeps_the_contract(published, tmp_path, rules):
    writer = contract.LandingWriter(rules, tmp_path / "landing")
    for batch in london.read(published()):
        writer.write(batch.source, batch.entity, batch.load_date, batch.table, batch.file_stem)
    report = contract.check(rules, tmp_path / "landing")
    assert not report.breached, report.text()
    reads = next(e for e in report.entities if e.entity == "ami/daily_reads")
    assert reads.rows == 6


def test_progress_counts_the_blocks(published):
    seen = []
    list(london.read(published(), lambda *step: seen.append(step)))
    assert seen == [(1, 2, "block_0.csv"), (2, 2, "block_1.csv")]


@pytest.mark.parametrize(
    "name", ["informations_households.csv", "weather_daily_darksky.csv", "uk_bank_holidays.csv"]
)
def test_a_missing_file_is_named(published, name):
    with pytest.raises(ConnectorError, match=rf"has no {name}\[.gz\].*London Datastore"):
        landed(published({name: None}))


def test_missing_blocks_are_named(published):
    folder = published({"daily_dataset/block_0.csv": None, "daily_dataset/block_1.csv": None})
    with pytest.raises(ConnectorError, match=r"daily_dataset has no block_\*"):
        landed(folder)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("daily_dataset/block_1.csv", "energy_sum"),
        ("informations_households.csv", "stdorToU"),
        ("weather_daily_darksky.csv", "temperatureMin"),
        ("uk_bank_holidays.csv", "Type"),
    ],
)
def test_a_missing_column_is_named_with_its_file(published, name, column):
    header, *rows = FILES[name]
    changed = [header.replace(column, "other"), *rows]
    with pytest.raises(ConnectorError, match=rf"{name.split('/')[-1]} has no column {column}"):
        landed(published({name: changed}))


def test_blocks_without_a_read_are_refused(published):
    empty = {name: [BLOCK_HEADER] for name in FILES if name.startswith("daily")}
    with pytest.raises(ConnectorError, match="holds no read"):
        landed(published(empty))


def test_a_household_with_reads_but_no_record_is_named(published):
    households = FILES["informations_households.csv"]
    with pytest.raises(ConnectorError, match=r"lacks 1 households.*MAC000001"):
        landed(published({"informations_households.csv": [households[0], *households[2:]]}))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("MAC000002,2012-13-03,,,,48,,1,", "line 3, column day: 2012-13-03 is not a day"),
        ("MAC000002,,,,,48,,1,", "line 3, column day: .*empty"),
        ("MAC000002,2012-12-03,,,,48,,much,", "line 3, column energy_sum: much is not a number"),
        ("MAC000002,2012-12-03,,,,many,,1,", "line 3, column energy_count: many is not a number"),
    ],
)
def test_a_value_that_cant_be_read_is_named_with_its_file(published, line, words):
    good = FILES["daily_dataset/block_1.csv"][1]
    with pytest.raises(ConnectorError, match=f"block_1.csv {words}"):
        landed(published({"daily_dataset/block_1.csv": [BLOCK_HEADER, good, line]}))
