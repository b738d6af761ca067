"""What breaks the contract is named with file, line, column and value; nothing raises."""

import gzip
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import contract

HEADER = "sale_no,sold_on,sold_at,pieces,price,is_paid,state,code,buyer,mobile,note"
GOOD = "s1,2026-01-01,2026-01-01 08:00:00,3,12.50,true,open,ABC,王芳,13800000000,急用"
TYPED = (
    "s1", date(2026, 1, 1), datetime(2026, 1, 1, 8), 3, Decimal("12.50"), True, "open", "ABC",
    "王芳", "13800000000", "急用",
)  # fmt: skip


def changed(column: str, value: str) -> str:
    """The good line with one value replaced."""
    values = dict(zip(HEADER.split(","), GOOD.split(","), strict=True))
    values[column] = value
    return ",".join(values.values())


def breaches(report) -> list[tuple]:
    return [
        (b.line, b.column, b.value, b.reason) for e in report.entities for b in e.examples
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_good_file_is_read_whatever_its_encoding(workspace, encoding, end, zipped):
    content = f"{HEADER}{end}{GOOD}{end}".encode(encoding)
    workspace.land(gzip.compress(content) if zipped else content, "a.csv.gz" if zipped else "a.csv")
    report = workspace.check()
    assert not report.breached, report.text()
    assert report.entities[0].rows == 1
    assert not report.entities[0].notes
    workspace.intake()
    assert workspace.rows(HEADER) == [TYPED]


def test_a_file_may_lack_its_last_line_end_and_optional_columns(workspace):
    workspace.land("sold_on,sale_no\n2026-01-01,s1")
    report = workspace.check()
    assert not report.breached
    (note,) = report.entities[0].notes
    assert note.startswith("no column sold_at, pieces, price")
    workspace.intake()
    assert workspace.rows("sale_no, sold_on, price") == [("s1", date(2026, 1, 1), None)]


@pytest.mark.parametrize(
    ("column", "value", "typed"),
    [
        ("sold_on", "2026/1/1", date(2026, 1, 1)),
        ("sold_on", " 2026-01-01 00:00:00 ", date(2026, 1, 1)),
        ("sold_at", "2026-01-01", datetime(2026, 1, 1)),
        ("sold_at", "2026-01-01T23:59:59.5", datetime(2026, 1, 1, 23, 59, 59, 500_000)),
        ("pieces", "+7", 7),
        ("pieces", "7.0", 7),
        ("price", "-0.5", Decimal("-0.50")),
        ("price", "999999.9900", Decimal("999999.99")),
        ("price", ".5", Decimal("0.50")),
        ("is_paid", "FALSE", False),
        ("is_paid", "1", True),
        ("state", " done ", "done"),
        ("note", "  ", None),
    ],
)
def test_other_spellings_of_a_value_are_the_same_value(workspace, column, value, typed):
    workspace.land(f"{HEADER}\n{changed(column, value)}")
    assert not workspace.check().breached, workspace.check().text()
    workspace.intake()
    assert workspace.rows(column) == [(typed,)]


@pytest.mark.parametrize(
    ("column", "values", "broken"),
    [
        ("pieces", pa.array([1.0, 3.7]), [2]),
        ("price", pa.array([Decimal("1.500"), Decimal("1.005")]), [2]),
        # No binary float is an exact decimal: these are rounded.
        ("price", pa.array([0.1, 12.345678]), []),
        ("price", pa.array([0.1, float("nan")]), [2]),
        ("sold_at", pa.array([datetime(2026, 1, 1), None], pa.timestamp("ns")), []),
        ("state", pa.array(["open", "lost"]).dictionary_encode(), [2]),
        ("state", pa.array([" open", ""]).dictionary_encode(), []),
    ],
)
def test_a_parquet_value_is_kept_or_a_breach(workspace, column, values, broken):
    path = workspace.landing / workspace.land(b"", "a.parquet")
    table = pa.table({"sale_no": ["s1", "s2"], "sold_on": ["2026-01-01"] * 2, column: values})
    pq.write_table(table, path)
    assert [line for line, *_ in breaches(workspace.check())] == broken
    assert workspace.intake().rows == 2


def test_a_parquet_day_with_a_time_is_no_date(workspace):
    path = workspace.landing / workspace.land(b"", "a.parquet")
    times = pa.array([datetime(2026, 1, 1), datetime(2026, 1, 1, 8)], pa.timestamp("us"))
    pq.write_table(pa.table({"sale_no": ["s1", "s2"], "sold_on": times}), path)
    assert [(b[0], b[1]) for b in breaches(workspace.check())] == [(2, "sold_on")]


@pytest.mark.parametrize(
    ("column", "value", "shown", "reason"),
    [
        ("sale_no", "", "(empty)", "is required, but empty"),
        ("sale_no", "   ", "(empty)", "is required, but empty"),
        ("sold_on", "2026-02-30", "2026-02-30", "is not a date (YYYY-MM-DD)"),
        ("sold_on", "01/02/2026", "01/02/2026", "is not a date (YYYY-MM-DD)"),
        ("sold_on", "", "(empty)", "is required, but empty"),
        ("sold_at", "yesterday", "yesterday", "is not a time (YYYY-MM-DD HH:MM:SS)"),
        ("pieces", "three", "three", "is not a whole number"),
        ("pieces", "-1", "-1", "is below 0"),
        ("pieces", "101", "101", "is above 100"),
        ("pieces", "99999999999", "99999999999", "is not a whole number"),
        ("price", "12,5", None, None),
        ("price", "1234567.00", "1234567.00", "does not fit decimal(8,2)"),
        ("price", "abc", "abc", "does not fit decimal(8,2)"),
        ("price", "1.005", "1.005", "does not fit decimal(8,2)"),
        ("price", "1e2", "1e2", "does not fit decimal(8,2)"),
        ("pieces", "3.7", "3.7", "is not a whole number"),
        ("pieces", "0x10", "0x10", "is not a whole number"),
        ("sold_on", "epoch", "epoch", "is not a date (YYYY-MM-DD)"),
        ("sold_on", "infinity", "infinity", "is not a date (YYYY-MM-DD)"),
        ("sold_on", "2026-01-01 08:00", "2026-01-01 08:00", "is not a date (YYYY-MM-DD)"),
        (
            "sold_at",
            "2026-01-01 08:00:00+08:00",
            "2026-01-01 08:00:00+08:00",
            "is not a time (YYYY-MM-DD HH:MM:SS)",
        ),
        ("is_paid", "perhaps", "perhaps", "is not true or false"),
        ("state", "lost", "lost", "is not one of open, done"),
        ("state", "a|b", "a¦b", "is not one of open, done"),
        ("code", "AB", "AB", "is not [A-Z]{3}"),
        ("mobile", "23800000000", "23800000000", "is not 1[0-9]{10}"),
    ],
)
def test_a_broken_value_is_named_with_its_place(impersonal, column, value, shown, reason):
    workspace = impersonal
    line = changed(column, value)
    name = workspace.land("\n".join([HEADER, GOOD, line, GOOD]))
    report = workspace.check()
    if reason is None:
        # A comma inside a value makes a field too many.
        column, shown, reason = "(line)", "", "has 12 fields, the header has 11"
    assert breaches(report) == [(3, column, shown, reason)]
    entity = report.entities[0]
    assert (entity.files, entity.rows, entity.breached_rows) == (1, 3, 1)
    text = report.text()
    assert f"shop/sales.{column} {reason}: 1 rows (owner: tester)" in text
    assert f"{name} line 3: {shown}" in text
    assert "breaks the contract" in text


def test_several_breaches_of_one_row_stand_apart(impersonal):
    workspace = impersonal
    workspace.land(f"{HEADER}\n,nodate,,7,1.005,maybe,lost,abc,王芳,12,x")
    report = workspace.check()
    assert [(column, value) for _, column, value, _ in breaches(report)] == [
        ("sale_no", "(empty)"),
        ("sold_on", "nodate"),
        ("price", "1.005"),
        ("is_paid", "maybe"),
        ("state", "lost"),
        ("code", "abc"),
        ("mobile", "12"),
    ]
    assert report.entities[0].breached_rows == 1


def test_personal_values_never_leave_the_file(workspace):
    workspace.land(f"{HEADER}\n{changed('mobile', '2380055')}\n{changed('state', 'lost')}")
    report = workspace.check()
    workspace.intake()
    kept = workspace.rows("breach_values, breach_reasons, source_line")
    said = report.text() + json.dumps(report.as_dict(), ensure_ascii=False) + str(kept)
    assert "2***" in said
    for personal in ("2380055", "王芳", "急用", "13800000000"):
        assert personal not in said


@pytest.mark.parametrize(
    "planted",
    ["王小明 13812345678", "a@b.cn", "Ann Lee", "WangXiaoming", "83456789", "110101199001011237"],
)
@pytest.mark.parametrize(
    "column", ["sold_on", "sold_at", "pieces", "price", "is_paid", "state", "code"]
)
def test_a_personal_value_in_a_wrong_column_never_leaves_the_file(workspace, column, planted):
    """As when an export shifts or swaps its columns."""
    workspace.land(f"{HEADER}\n{GOOD}\n{changed(column, planted)}")
    report = workspace.check()
    ((line, named, value, reason),) = breaches(report)
    assert (line, named, value) == (3, column, "***") and reason
    workspace.intake()
    names = "breach_columns, breach_values, breach_reasons, source_line"
    kept = [row for row in workspace.rows(names) if row[0]]
    assert kept == [(column, "***", reason, 3)]
    said = report.text() + json.dumps(report.as_dict(), ensure_ascii=False) + str(kept)
    assert not [word for word in planted.split() if word in said]


def test_swapped_columns_of_the_branchs_customers_are_not_quarantined_readable(tmp_path):
    """The contract of the branch itself: a legal form must not publish who the customer is."""
    branch = contract.load(Path(__file__).parents[2] / "models")
    folder = tmp_path / "landing" / "crm" / "customers" / "load_date=2026-01-02"
    folder.mkdir(parents=True)
    lines = ["customer_no,name,legal_form", "C1,person,王小明 13812345678"]
    (folder / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    report = contract.check(branch, tmp_path / "landing")
    assert report.breached and "王小明" not in report.text() and "1381" not in report.text()


def test_an_unknown_column_is_a_note_with_the_nearest_name(workspace):
    workspace.land("sale_no,sold_on,pieecs\ns1,2026-01-01,5")
    report = workspace.check()
    assert not report.breached
    notes = list(report.entities[0].notes)
    assert notes[0] == (
        "column pieecs is not in the contract and is not read (did you mean pieces?)"
    )
    assert "note    shop/sales: column pieecs" in report.text()


def test_a_missing_required_column_breaches_every_row(workspace):
    workspace.land("sale_no,pieces\ns1,1\ns2,2")
    report = workspace.check()
    words = "is required, but the file has no such column"
    assert report.entities[0].totals == {("sold_on", words): 2}


def test_a_line_with_too_few_or_too_many_fields_is_one_breach(workspace):
    workspace.land("sale_no,sold_on\ns1\ns2,2026-01-01\ns3,2026-01-01,more")
    report = workspace.check()
    assert breaches(report) == [
        (2, "(line)", "", "has 1 fields, the header has 2"),
        (4, "(line)", "", "has 3 fields, the header has 2"),
    ]
    assert report.entities[0].rows == 3


def test_lines_are_counted_as_an_editor_shows_them(workspace):
    workspace.land('sale_no,sold_on,note\n"s1",2026-01-01,"two\nlines"\n\ns2,never,x\n')
    report = workspace.check()
    assert [(line, column) for line, column, *_ in breaches(report)] == [(5, "sold_on")]
    assert report.entities[0].rows == 2


def test_a_quote_that_never_closes_is_told_with_its_line(workspace):
    lines = [f"s{number},2026-01-01,x" for number in range(300)]
    lines[3] = 's3,2026-01-01,"x'
    workspace.land("\n".join(["sale_no,sold_on,note", *lines, 'tail"tail,2026,1']))
    report = workspace.check()
    ((line, column, _, reason),) = breaches(report)
    assert (line, column) == (5, "(line)")
    assert "a quote opened here runs on to line 302" in reason


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "is empty (0 bytes)"),
        ("a.csv.gz", b"", "is empty (0 bytes)"),
        ("a.csv.gz", gzip.compress(f"{HEADER}\n{GOOD}\n".encode() * 50)[:-40], "cut off"),
        ("a.csv.gz", f"{HEADER}\n{GOOD}".encode(), "is no gzip file"),
        ("a.csv", b"sale_no,sold_on\n\xff\xff\xff,1", "neither UTF-8 nor GB18030"),
        ("a.csv", b"sale_no;sold_on\ns1;2026-01-01", "separated by semicolons"),
        ("a.csv", b"sale_no\tsold_on\ns1\t2026-01-01", "separated by tabs"),
        ("a.csv", b"sale_no|sold_on\ns1|2026-01-01", "separated by bars"),
        ("a.csv", b"s1,2026-01-01\ns2,2026-01-01", "names no column of the contract"),
        ("a.csv", b"\n\n", "names no column of the contract"),
        ("a.csv", b"sale_no,sold_on,sale_no\n1,2,3", "names a column twice: sale_no"),
        ("a.parquet", b"PAR1 but no more", "is not a readable Parquet file"),
        ("a.parquet", b"", "is not a readable Parquet file"),
        ("a.xlsx", b"PK", "is none of .parquet, .csv, .csv.gz"),
        ("a.CSV", f"{HEADER}\n{GOOD}".encode(), "is none of .parquet, .csv, .csv.gz"),
        ("shop/sales/a.csv", b"x", "is not at <source>/<entity>/load_date=YYYY-MM-DD/<file>"),
        ("shop/sales/2026-01-02/a.csv", b"x", "is not at <source>/<entity>/load_date="),
        ("shop/sales/load_date=2026-02-30/a.csv", b"x", "load_date=2026-02-30 is not a date"),
        ("shop/sale/load_date=2026-01-02/a.csv", b"x", "no entity shop/sale; did you mean shop/sa"),
        ("bank/accounts/load_date=2026-01-02/a.csv", b"x", "has no entity bank/accounts"),
    ],
)
def test_an_unusable_file_is_rejected_with_the_reason(workspace, name, content, words):
    name = workspace.land(content, name)
    good = workspace.land(f"{HEADER}\n{GOOD}", "good.csv")
    report = workspace.check()
    assert list(report.rejected) == [name]
    assert words in report.rejected[name]
    assert report.breached
    assert f"NOT USABLE  {name}" in report.text()
    taken = workspace.intake()
    assert taken.rejected == report.rejected
    assert taken.files[good].rows == 1
    assert [row[0] for row in workspace.rows("source_file")] == [good]


@pytest.mark.parametrize(
    "day", ["20260103", "2026-W01-6", "2026-1-3", "2026-01-03 ", "２026-01-03"]
)
def test_a_load_date_in_another_form_costs_its_own_file_only(workspace, day):
    """One such folder would make the engine take every load date for text."""
    good = workspace.land(f"{HEADER}\n{GOOD}")
    bad = workspace.land(f"{HEADER}\n{GOOD}", f"shop/sales/load_date={day}/a.csv")
    assert workspace.check().rejected == {bad: f"load_date={day} is not a date (YYYY-MM-DD)"}
    assert list(workspace.intake().rejected) == [bad]
    assert workspace.rows("load_date, source_file") == [(date(2026, 1, 2), good)]


def test_a_parquet_file_is_checked_by_the_same_rules(impersonal):
    workspace = impersonal
    table = pa.table(
        {
            "sale_no": ["s1", None, "s3"],
            # Text where a date is due, and a double where a decimal is.
            "sold_on": ["2026-01-01", "2026-01-01", "soon"],
            "price": [1.25, 2.0, 99_999_999.0],
            "pieces": pa.array([1, 2, 3], pa.int64()),
            "zzz": [1, 2, 3],
        }
    )
    path = workspace.landing / workspace.land(b"", "a.parquet")
    pq.write_table(table, path)
    report = workspace.check()
    assert breaches(report) == [
        (2, "sale_no", "(empty)", "is required, but empty"),
        (3, "sold_on", "soon", "is not a date (YYYY-MM-DD)"),
        (3, "price", "99999999.0", "does not fit decimal(8,2)"),
    ]
    assert "column zzz is not in the contract and is not read" in report.entities[0].notes
    taken = workspace.intake()
    assert (taken.rows, taken.quarantined) == (3, 2)
    assert workspace.rows("sale_no, sold_on, price, pieces")[0] == (
        "s1",
        date(2026, 1, 1),
        Decimal("1.25"),
        1,
    )


def test_a_parquet_file_cut_off_is_rejected(workspace):
    path = workspace.landing / workspace.land(b"", "a.parquet")
    pq.write_table(pa.table({"sale_no": ["s"] * 1000, "sold_on": ["2026-01-01"] * 1000}), path)
    path.write_bytes(path.read_bytes()[:-100])
    assert "is not a readable Parquet file" in workspace.check().rejected[
        f"shop/sales/load_date=2026-01-02/{path.name}"
    ]  # fmt: skip


def test_a_parquet_file_damaged_inside_is_rejected(workspace):
    name = workspace.land(b"", "a.parquet")
    path = workspace.landing / name
    numbers = [f"s{number * 7919 % 10007}" for number in range(5000)]
    pq.write_table(pa.table({"sale_no": numbers, "sold_on": ["2026-01-01"] * 5000}), path)
    content = bytearray(path.read_bytes())
    content[200:3000] = bytes(2800)
    path.write_bytes(content)
    assert "damaged" in workspace.check().rejected[name]
    assert "damaged" in workspace.intake().rejected[name]


def test_hidden_and_unfinished_files_are_left_alone(workspace):
    for name in (".a.tmp", "_SUCCESS", "b.tmp"):
        workspace.land(b"x", name)
    report = workspace.check()
    assert (report.entities, report.rejected) == ([], {})
    assert "holds no file" in report.text() and not report.breached


def test_examples_are_few_but_totals_are_whole(impersonal):
    workspace = impersonal
    lines = [changed("state", f"lost{number}") for number in range(40)]
    workspace.land("\n".join([HEADER, *lines]))
    report = workspace.check()
    assert len(breaches(report)) == 5
    item = report.as_dict()["entities"][0]
    assert item["totals"] == [
        {"column": "state", "reason": "is not one of open, done", "rows": 40}
    ]  # fmt: skip
    assert item["examples"][0]["value"] == "lost0"
    assert item["breached_rows"] == item["rows"] == 40


def test_the_report_for_machines_is_plain_json(workspace):
    workspace.land(f"{HEADER}\n{GOOD}\n{changed('state', 'x')}")
    bad = workspace.land(b"", "b.csv")
    report = json.loads(json.dumps(workspace.check().as_dict()))
    assert report["breached"] is True
    assert report["rejected_files"] == [
        {"file": bad, "reason": "is empty (0 bytes): land the file again"}
    ]
    entity = report["entities"][0]
    assert entity["newest_load_date"] == "2026-01-02"
    assert (entity["rows"], entity["label_zh"]) == (2, "销售")


def test_no_landing_folder_is_said_with_what_to_do(workspace):
    workspace.landing.rmdir()
    with pytest.raises(FileNotFoundError, match=r"no landing folder .*wattlead simulate"):
        workspace.check()


def test_an_empty_landing_is_not_praised(workspace):
    workspace.landing.mkdir(parents=True, exist_ok=True)
    report = workspace.check()
    assert "holds no file" in report.text() and "keeps" not in report.text()
    assert not report.breached


def test_checking_writes_nothing(workspace, tmp_path):
    workspace.land(f"{HEADER}\n{GOOD}")
    before = sorted(path.as_posix() for path in tmp_path.rglob("*"))
    workspace.check()
    assert sorted(path.as_posix() for path in tmp_path.rglob("*")) == before


def test_attachments_are_no_entity(workspace):
    workspace.land(b"PNG", "_attachments/D1.png")
    report = workspace.check()
    assert (report.entities, report.rejected) == ([], {})


@pytest.mark.parametrize(("day", "breached"), [("1999-12-31", True), ("2000-01-01", False)])
def test_a_day_before_the_contracts_first_is_a_breach(workspace, day, breached):
    name = "shop/returns/load_date=2026-01-02/a.csv"
    workspace.land(f"return_no,returned_on\nR1,{day}\n", name)
    report = workspace.check()
    assert bool(report.breached) == breached
    if breached:
        assert "is below 2000-01-01" in report.text()
