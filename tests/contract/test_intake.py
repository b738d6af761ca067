"""Raw mirrors landing: every landed row once, nothing done twice, a killed intake does no harm."""

import gzip
import importlib
import json
import os
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import contract

# The package gives its function this name.
intake_module = importlib.import_module("contract.intake")
HEAD = "sale_no,sold_on,state\n"
GOOD = HEAD + "s1,2026-01-01,open\ns2,2026-01-01,done\n"
MIXED = HEAD + "s1,2026-01-01,open\ns2,never,lost\ns3\n,2026-01-02,done\n"


def content(workspace) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in workspace.files().items()}


def test_raw_has_as_many_rows_as_landed(workspace):
    workspace.land(GOOD, "a.csv")
    workspace.land(MIXED, "b.csv.csv")
    workspace.land(HEAD, "empty.csv")
    path = workspace.landing / workspace.land(b"", "c.parquet")
    pq.write_table(pa.table({"sale_no": ["s1", None], "sold_on": [date(2026, 1, 1)] * 2}), path)
    bad = workspace.land(b"", "d.csv")
    report = workspace.intake()
    assert {name: taken.rows_landed for name, taken in report.files.items()} == {
        **{name: 2 for name in report.files if name.endswith(("/a.csv", "c.parquet"))},
        **{name: 4 for name in report.files if name.endswith("b.csv.csv")},
        **{name: 0 for name in report.files if name.endswith("empty.csv")},
        bad: None,
    }
    assert all(taken.rows == taken.rows_landed for taken in report.files.values())
    assert (report.rows, report.quarantined, report.new_files) == (8, 4, 5)
    assert len(workspace.rows()) == 8
    assert report.newest_load_date == date(2026, 1, 2)


def test_a_broken_row_keeps_what_can_be_read_and_says_the_rest(workspace):
    name = workspace.land(MIXED)
    workspace.intake()
    columns = "sale_no, sold_on, source_file, source_line, breach_columns, breach_reasons"
    first, second, third, fourth = workspace.rows(columns)
    assert first == ("s1", date(2026, 1, 1), name, 2, None, None)
    assert second[:5] == ("s2", None, name, 3, "sold_on | state")
    assert second[5] == "is not a date (YYYY-MM-DD) | is not one of open, done"
    assert third[3:] == (4, "(line)", "has 1 fields, the header has 3")
    assert fourth[3:] == (5, "sale_no", "is required, but empty")


def test_checker_and_intake_agree(workspace):
    workspace.land(MIXED, "a.csv")
    workspace.land(GOOD, "b.csv", "gb18030")
    report = workspace.check()
    taken = workspace.intake()
    assert report.entities[0].rows == taken.rows
    assert report.entities[0].breached_rows == taken.quarantined == 3


def test_a_second_intake_does_nothing(workspace):
    workspace.land(GOOD)
    workspace.land(b"", "bad.csv")
    first = workspace.intake()
    before = {name: path.stat().st_mtime_ns for name, path in workspace.files().items()}
    second = workspace.intake()
    assert (first.new_files, second.new_files) == (2, 0)
    assert second.files == first.files
    after = {name: path.stat().st_mtime_ns for name, path in workspace.files().items()}
    table = "_intake/files/load_date=0001-01-01/files.parquet"
    assert {n for n in after if after[n] != before.get(n)} == {table}


def test_the_same_landing_gives_the_same_raw(new_workspace):
    one, two = new_workspace(), new_workspace()
    for workspace in (one, two):
        workspace.land(MIXED, "a.csv")
        workspace.land(GOOD, "b.csv")
        workspace.intake()
    assert content(one) == content(two)


def test_a_changed_file_is_taken_again_and_only_that(workspace):
    name = workspace.land(GOOD, "a.csv")
    workspace.land(GOOD, "b.csv")
    workspace.intake()
    workspace.land(HEAD + "s9,2026-01-01,open\n", "a.csv")
    report = workspace.intake()
    assert report.new_files == 1
    assert [r[0] for r in workspace.rows("sale_no")] == ["s9", "s1", "s2"]
    assert report.files[name].rows == 1


def test_a_file_that_turns_bad_leaves_raw(workspace):
    workspace.land(GOOD, "a.csv")
    workspace.intake()
    name = workspace.land(b"", "a.csv")
    assert list(workspace.intake().rejected) == [name]
    assert workspace.rows() == []
    workspace.land(GOOD, "a.csv")
    assert workspace.intake().rejected == {}
    assert len(workspace.rows()) == 2


@pytest.fixture
def locked(monkeypatch):
    """Names of files that may not be opened (the tests may run as root, who may open all)."""
    names = set()
    real = Path.open

    def guarded(path, *arguments, **more):
        if path.name in names:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *arguments, **more)

    monkeypatch.setattr(Path, "open", guarded)
    return names


@pytest.mark.parametrize("name", ["bad.csv", "bad.csv.gz", "bad.parquet"])
def test_a_file_that_may_not_be_opened_costs_only_itself_until_it_may(workspace, locked, name):
    workspace.land(GOOD, "a.csv")
    bad = workspace.land(gzip.compress(MIXED.encode()) if name.endswith("gz") else MIXED, name)
    if name.endswith("parquet"):
        table = pa.table({"sale_no": ["s1"] * 4, "sold_on": [date(2026, 1, 1)] * 4})
        pq.write_table(table, workspace.landing / bad)
    locked.add(name)
    for _ in range(2):
        taken = workspace.intake()
        assert workspace.check().rejected == taken.rejected
        assert list(taken.rejected) == [bad] and "Permission denied" in taken.rejected[bad]
        assert len(workspace.rows()) == taken.rows == 2
    # Its size and time stay as they are.
    locked.clear()
    assert workspace.intake().rejected == {} and len(workspace.rows()) == 6
    # Taken away again, it is not looked at: nothing of it changed.
    locked.add(name)
    assert workspace.intake().rejected == {}


def test_a_folder_that_may_not_be_looked_into_is_told(workspace, monkeypatch):
    """Else its rows would go missing without a word."""
    workspace.land(GOOD, "a.csv")
    inside = workspace.land(GOOD, "shop/sales/load_date=2026-01-03/a.csv")
    closed = (workspace.landing / inside).parent
    real_scan, real_open = os.scandir, Path.open

    def refused(path):
        if not isinstance(path, int) and Path(path).is_relative_to(closed):
            raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", lambda path: refused(path) or real_scan(path))
    monkeypatch.setattr(
        Path, "open", lambda path, *a, **m: refused(path) or real_open(path, *a, **m)
    )
    name = closed.relative_to(workspace.landing).as_posix()
    taken = workspace.intake()
    assert list(taken.rejected) == [name] and "Permission denied" in taken.rejected[name]
    assert workspace.check().rejected == taken.rejected and taken.rows == 2


def test_a_link_to_nothing_is_told(workspace):
    workspace.land(GOOD, "a.csv")
    broken = workspace.land(b"", "b.csv")
    (workspace.landing / broken).unlink()
    (workspace.landing / broken).symlink_to(workspace.landing / "nowhere.csv")
    assert list(workspace.intake().rejected) == list(workspace.check().rejected) == [broken]


def test_a_file_that_goes_away_during_intake_costs_only_itself(workspace, monkeypatch):
    workspace.land(GOOD, "a.csv")
    gone = workspace.land(GOOD, "b.csv")
    real = intake_module.find

    def find(*arguments):
        found = real(*arguments)
        (workspace.landing / gone).unlink(missing_ok=True)
        return found

    monkeypatch.setattr(intake_module, "find", find)
    taken = workspace.intake()
    assert list(taken.rejected) == [gone] and len(workspace.rows()) == 2
    assert list(workspace.intake().files) == [n for n in taken.files if n != gone]


def test_a_deleted_file_disappears(workspace):
    name = workspace.land(GOOD, "a.csv")
    workspace.land(GOOD, "b.csv")
    workspace.intake()
    (workspace.landing / name).unlink()
    report = workspace.intake()
    assert name not in report.files
    assert len(workspace.rows()) == 2


def test_a_changed_rule_takes_the_entitys_files_again(workspace, tmp_path):
    workspace.land(GOOD)
    workspace.land("return_no\nr1\n", "shop/returns/load_date=2026-01-02/r.csv")
    workspace.intake()
    sales, returns = workspace.rules.entities
    state = next(column for column in sales.columns if column.name == "state")
    stricter = tuple(
        contract.Column(**{**vars(c), "allowed": ("open",)}) if c is state else c
        for c in sales.columns
    )
    fields = {f: getattr(sales, f) for f in sales.__dataclass_fields__}
    changed = contract.Contract((contract.Entity(**{**fields, "columns": stricter}), returns))
    report = contract.intake(changed, workspace.landing, workspace.raw)
    assert (report.new_files, report.quarantined) == (1, 1)


def test_raw_that_was_lost_is_made_again(workspace):
    workspace.land(GOOD)
    workspace.intake()
    before = content(workspace)
    next(p for n, p in workspace.files().items() if n.endswith("a.csv.parquet")).unlink()
    assert workspace.intake().new_files == 1
    assert content(workspace) == before


def test_sources_that_never_landed_resolve_to_no_row(workspace):
    workspace.intake()
    assert workspace.rows("return_no, breach_columns, load_date", "shop/returns") == []
    assert workspace.rows("sale_no, price, load_date") == []


@pytest.mark.parametrize("die_at", range(1, 8))
def test_an_intake_killed_anywhere_is_made_good_by_the_next(new_workspace, monkeypatch, die_at):
    """Dies at the n-th rename, leaving its temporary files behind, as a kill does."""
    files = {"a.csv": GOOD, "b.csv": MIXED, "c.csv": GOOD, "d.csv": b""}
    whole, killed = new_workspace(), new_workspace()
    for name, text in files.items():
        whole.land(text, name)
        killed.land(text, name)
    whole.intake()
    real, calls = os.replace, []

    def dying(source, target):
        calls.append(target)
        if len(calls) == die_at:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(os, "replace", dying)
    with pytest.raises(KeyboardInterrupt):
        killed.intake()
    monkeypatch.setattr(os, "replace", real)
    for path in killed.files().values():
        if "tmp" not in path.parts:
            pq.read_table(path)  # only whole files, each readable
    report = killed.intake()
    assert content(killed) == content(whole)
    assert report.rows == 8
    manifests = [
        json.loads((w.raw / "_intake" / "manifest.json").read_text()) for w in (whole, killed)
    ]
    without_time = [
        {name: {**t, "fingerprint": None} for name, t in manifest.items()} for manifest in manifests
    ]
    assert without_time[0] == without_time[1]


def test_leftovers_of_a_killed_intake_are_swept_away(workspace):
    workspace.land(GOOD)
    scratch = workspace.raw / "_intake" / "tmp"
    scratch.mkdir(parents=True)
    (scratch / "part.parquet").write_bytes(b"half a file")
    (workspace.raw / "_intake" / "manifest.tmp").write_text("{half")
    assert workspace.intake().rows == 2
    assert not scratch.exists()


def test_a_damaged_manifest_only_costs_time(workspace):
    workspace.land(GOOD)
    workspace.intake()
    (workspace.raw / "_intake" / "manifest.json").write_text("{half")
    report = workspace.intake()
    assert (report.new_files, report.rows) == (1, 2)


def test_what_became_of_each_file_is_a_table(workspace):
    good, bad = workspace.land(GOOD, "a.csv"), workspace.land(b"", "b.csv")
    lost = workspace.land(b"x", "shop/sale/load_date=2026-01-02/x.csv")
    workspace.intake()
    rows = pq.read_table(workspace.raw / "_intake" / "files").to_pylist()
    found = {r["source_file"]: (r["status"], r["rows_landed"], r["entity"]) for r in rows}
    assert found == {
        good: ("accepted", 2, "sales"),
        bad: ("rejected", None, "sales"),
        lost: ("rejected", None, None),
    }
    assert all(r["reason"] for r in rows if r["status"] == "rejected")
    assert all(len(r["sha256"]) == 64 for r in rows)


def test_filled_cells_outside_the_key_are_counted(workspace):
    path = workspace.landing / workspace.land(b"", "a.parquet")
    pq.write_table(pa.table({"sale_no": ["s1", None], "sold_on": [date(2026, 1, 1)] * 2}), path)
    # What is no number leaves its cell empty.
    workspace.land("sale_no,sold_on,price\ns1,2026-01-01,2.50\ns2,2026-01-01,dear\n", "b.csv")
    workspace.land(b"", "c.csv")
    counted = [(t.cells_landed, t.cells_filled) for t in workspace.intake().files.values()]
    # Ten columns beside the key.
    assert counted == [(20, 2), (20, 3), (None, None)]


def test_cells_are_counted_of_what_an_older_edition_took_in(workspace):
    workspace.land(GOOD)
    expected = workspace.intake().files
    manifest = workspace.raw / "_intake" / "manifest.json"
    older = json.loads(manifest.read_text())
    for entry in older.values():
        del entry["cells_landed"], entry["cells_filled"]
    manifest.write_text(json.dumps(older))
    report = workspace.intake()
    assert (report.new_files, report.files) == (0, expected)


def test_more_rows_than_a_batch_are_all_taken(workspace, monkeypatch):
    monkeypatch.setattr("contract.files.BATCH_ROWS", 7)
    lines = [f"s{number},2026-01-01,{'lost' if number == 16 else 'open'}" for number in range(21)]
    workspace.land(HEAD + "\n".join(lines))
    report = workspace.intake()
    assert (report.rows, report.quarantined) == (21, 1)
    assert workspace.rows("source_line") == [(number + 2,) for number in range(21)]
    assert [b.line for b in workspace.check().entities[0].examples] == [18]


def test_progress_is_told_for_every_file(workspace):
    workspace.land(GOOD, "a.csv")
    workspace.land(GOOD, "b.csv")
    seen = []
    contract.intake(
        workspace.rules, workspace.landing, workspace.raw, lambda *step: seen.append(step[:2])
    )
    assert seen == [(1, 2), (2, 2)]


def test_files_whose_names_differ_by_an_ending_both_arrive(workspace):
    workspace.land(HEAD + "s1,2026-01-01,open\n", "a.csv")
    path = workspace.landing / workspace.land(b"", "a.csv.parquet")
    pq.write_table(pa.table({"sale_no": ["s2"], "sold_on": [date(2026, 1, 1)]}), path)
    workspace.intake()
    assert workspace.rows("sale_no") == [("s1",), ("s2",)]


def test_a_key_that_a_spreadsheet_changed_stays_the_key(workspace):
    path = workspace.landing / workspace.land(b"", "a.parquet")
    days = [date(2026, 1, 1)] * 2
    pq.write_table(pa.table({"sale_no": [330000000002.0, 1.5], "sold_on": days}), path)
    workspace.intake()
    assert workspace.rows("sale_no") == [("330000000002",), ("1.5",)]


def test_a_time_with_an_offset_becomes_local(workspace):
    path = workspace.landing / workspace.land(b"", "a.parquet")
    moment = pa.array([0], pa.timestamp("us", tz="UTC"))
    pq.write_table(
        pa.table({"sale_no": ["s"], "sold_on": [date(2026, 1, 1)], "sold_at": moment}), path
    )
    workspace.intake()
    ((at,),) = workspace.rows("sold_at")
    assert at.isoformat() == "1970-01-01T08:00:00"


def test_a_linked_entity_folder_is_followed_and_a_circle_is_not(workspace, tmp_path):
    elsewhere = tmp_path / "elsewhere" / "load_date=2026-01-02"
    elsewhere.mkdir(parents=True)
    (elsewhere / "a.csv").write_text(GOOD)
    (workspace.landing / "shop").mkdir()
    (workspace.landing / "shop" / "sales").symlink_to(elsewhere.parent)
    (elsewhere / "circle").symlink_to(workspace.landing)
    report = workspace.intake()
    assert report.rows == 2
