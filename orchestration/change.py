"""What a run has to build again: only what the files that are new since the last one can change.

A file that landed for day D can change only what is known on D or later (docs/decisions/0011).
So the warehouse stands up to the first load date among the new files, unless the past itself
changed: then everything is built again. What the last finished build had seen lies beside the
warehouse, written after it, so that a build that was killed is repeated.
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from orchestration.workspace import PROJECT, Workspace

# Not kept by date: a new calendar says of past days whether they were worked.
TIMELESS = ("external/holidays/",)
EVERYTHING = "1900-01-01"


@dataclass(frozen=True)
class Seen:
    """What a build works from: its date, the project's rules, and every landed file by its hash."""

    as_of: str
    code: str
    files: dict[str, str]
    load_dates: dict[str, str]
    rows: int = 0


@dataclass(frozen=True)
class Plan:
    """Build everything, or what was known from ``changed_from`` on, and why."""

    is_full: bool
    changed_from: str
    reason: str


def plan(built: Seen | None, building: Seen | None, now: Seen) -> Plan:
    """What to build, given what the last finished build saw, and one that was killed after it."""

    def whole(reason: str) -> Plan:
        return Plan(True, EVERYTHING, reason)

    if built is None:
        return whole("first build")
    for before in filter(None, (built, building)):
        if before.code != now.code:
            return whole("rules, lists or code changed")
        if now.as_of < before.as_of:
            return whole(f"back to {now.as_of} from {before.as_of}")
        for name, digest in before.files.items():
            if now.files.get(name) != digest:
                what = "changed" if name in now.files else "is gone"
                return whole(f"{name} {what} after it was read")
    new = [name for name in now.files if name not in built.files]
    if again := [name for name in new if name.startswith(TIMELESS)]:
        return whole(f"{again[0]} may change days of any time")
    following = (date.fromisoformat(built.as_of) + timedelta(days=1)).isoformat()
    changed_from = min([following, *(now.load_dates[name] for name in new)])
    return Plan(False, changed_from, f"{len(new):,} new files")


def seen(workspace: Workspace, as_of: str) -> Seen:
    """What a build for ``as_of`` works from; intake has run."""
    manifest = json.loads((workspace.raw / "_intake" / "manifest.json").read_text("utf-8"))
    known = {
        name: entry
        for name, entry in manifest.items()
        if entry["load_date"] is None or entry["load_date"] <= as_of
    }
    return Seen(
        as_of,
        _code(PROJECT),
        {name: f"{entry['status']} {entry['sha256']}" for name, entry in known.items()},
        {name: entry["load_date"] or EVERYTHING for name, entry in known.items()},
        sum(entry["rows"] or 0 for entry in known.values()),
    )


def last_seen(workspace: Workspace) -> tuple[Seen | None, Seen | None]:
    """What the warehouse was built from, and what a killed build mixed into it since."""
    if not workspace.warehouse.exists():
        return None, None
    return _read(_note(workspace, "built")), _read(_note(workspace, "building"))


def planned(workspace: Workspace, run_id: str, now: Seen, is_asked_whole: bool) -> Plan:
    """The plan of a run, worked out once: all its dbt phases build by the same one.

    dbt reads the whole project again when a variable differs, so the same plan also saves seconds.
    """
    note = _note(workspace, "plan")
    try:
        kept = json.loads(note.read_text("utf-8"))
        if kept["run_id"] == run_id:
            return Plan(**kept["plan"])
    except (OSError, ValueError, TypeError, KeyError):
        pass  # none yet, or half written
    found = plan(*last_seen(workspace), now)
    if is_asked_whole:
        found = Plan(True, EVERYTHING, "asked for")
    unfinished = note.with_suffix(".tmp")
    unfinished.write_text(json.dumps({"run_id": run_id, "plan": asdict(found)}), "utf-8")
    os.replace(unfinished, note)
    return found


def start(workspace: Workspace, now: Seen) -> None:
    """Note that a build is under way: until ``finish``, the warehouse is a mixture."""
    _write(_note(workspace, "building"), now)


def finish(workspace: Workspace, now: Seen) -> None:
    """Note what the warehouse is built from."""
    _write(_note(workspace, "built"), now)
    _note(workspace, "building").unlink(missing_ok=True)


def forget(workspace: Workspace) -> None:
    """Note that nothing is known of the warehouse: the next build makes everything anew."""
    for name in ("built", "building"):
        _note(workspace, name).unlink(missing_ok=True)


def _note(workspace: Workspace, name: str) -> Path:
    return workspace.state / f"{name}.json"


def _read(path: Path) -> Seen | None:
    try:
        return Seen(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None  # half written, or of an older version: then everything is built again


def _write(path: Path, value: Seen) -> None:
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(json.dumps(asdict(value)), "utf-8")
    os.replace(unfinished, path)


def _code(project: Path) -> str:
    """Hash of all that decides what the tables hold: models, macros, lists."""
    digest = hashlib.sha256()
    for path in sorted(
        path
        for folder in ("models", "macros", "seeds", "snapshots", "dbt_project.yml")
        for path in [project / folder, *(project / folder).rglob("*")]
        if path.is_file()
    ):
        digest.update(str(path.relative_to(project)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
