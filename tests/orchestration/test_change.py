"""What a run builds again: never less than what the new files can change."""

from dataclasses import replace

import pytest

from orchestration import change
from orchestration.change import Seen, plan
from orchestration.workspace import Workspace

FILES = {"ami/daily_reads/load_date=2026-03-01/a.parquet": "2026-03-01",
         "crm/accounts/load_date=2026-03-05/b.parquet": "2026-03-05"}  # fmt: skip
BUILT = Seen("2026-03-05", "rules", {name: "accepted 1" for name in FILES}, FILES)


def after(as_of="2026-03-06", **new: str) -> Seen:
    """The next run's view: the same files and ``entity=load_date`` new ones."""
    named = {f"{entity.replace('__', '/')}/load_date={day}/n": day for entity, day in new.items()}
    files = {**BUILT.files, **{name: "accepted 2" for name in named}}
    return Seen(as_of, "rules", files, {**FILES, **named})


def test_a_file_of_today_changes_what_is_known_from_today_on():
    found = plan(BUILT, None, after(ami__daily_reads="2026-03-06"))
    assert (found.is_full, found.changed_from) == (False, "2026-03-06")


def test_a_file_that_comes_late_changes_what_is_known_since_its_own_day():
    late = after(ami__daily_reads="2026-03-06", billing__payments="2026-01-17")
    assert plan(BUILT, None, late).changed_from == "2026-01-17"


def test_days_without_files_are_still_days():
    """A month may have ended since: the first day after the last build counts."""
    assert plan(BUILT, None, after(as_of="2026-04-02")).changed_from == "2026-03-06"
    later = after(as_of="2026-04-02", ami__daily_reads="2026-04-02")
    assert plan(BUILT, None, later).changed_from == "2026-03-06"


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (replace(after(), code="other rules"), "rules"),
        (after(as_of="2026-03-04"), "back to"),
        (replace(after(), files={**BUILT.files, next(iter(FILES)): "accepted 9"}), "changed after"),
        (replace(after(), files=dict(list(BUILT.files.items())[1:])), "is gone"),
        (after(external__holidays="2026-03-06"), "any time"),
    ],
)
def test_a_changed_past_is_built_whole(now, reason):
    found = plan(BUILT, None, now)
    assert found.is_full and found.changed_from == change.EVERYTHING and reason in found.reason


def test_the_first_build_is_whole():
    assert plan(None, None, BUILT).is_full


def test_a_killed_build_is_repeated_from_where_the_last_finished_one_ended():
    killed = after(as_of="2026-03-08", ami__daily_reads="2026-03-07")
    assert plan(BUILT, killed, killed).changed_from == "2026-03-06"


def test_what_a_killed_build_mixed_in_and_is_gone_since_is_cleared():
    killed = after(as_of="2026-03-08", ami__daily_reads="2026-03-07")
    assert plan(BUILT, killed, after(as_of="2026-03-08")).is_full
    assert plan(BUILT, killed, after(as_of="2026-03-07", ami__daily_reads="2026-03-07")).is_full


def test_a_half_written_note_means_everything(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.state.mkdir()
    workspace.warehouse.write_bytes(b"")
    change.finish(workspace, BUILT)
    assert change.last_seen(workspace) == (BUILT, None)
    (workspace.state / "built.json").write_text('{"as_of": "2026')
    assert change.last_seen(workspace) == (None, None)


def test_without_a_warehouse_nothing_was_seen(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.state.mkdir()
    change.finish(workspace, BUILT)
    assert change.last_seen(workspace) == (None, None)


def test_a_rule_that_changes_is_noticed(tmp_path):
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "thresholds.csv").write_text("code,value\na,1\n")
    before = change._code(tmp_path)
    (tmp_path / "seeds" / "thresholds.csv").write_text("code,value\na,2\n")
    assert change._code(tmp_path) != before


def test_all_phases_of_a_run_build_by_one_plan(tmp_path):
    """Also the last one, when what the first two built has been noted."""
    workspace = Workspace(tmp_path)
    workspace.state.mkdir()
    first = change.planned(workspace, "run 1", BUILT, False)
    workspace.warehouse.write_bytes(b"")
    change.finish(workspace, BUILT)
    assert change.planned(workspace, "run 1", BUILT, False) == first
    assert not change.planned(workspace, "run 2", after(), False).is_full
    assert change.planned(workspace, "run 3", after(), True).reason == "asked for"
