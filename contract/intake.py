"""Intake: every landed file once into a typed Parquet file under ``state/raw``.

Raw mirrors landing: one raw file a landed file, one row a landed row. A file is taken in again only
when it, or a rule of its entity, changed. Each raw file appears by one rename, so an intake that
is killed leaves only whole files, and the next one does the rest.
"""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from contract import convert, rules
from contract.convert import UNUSABLE, connect, open_file, raw_schema, why, write_raw
from contract.files import LandedFile, Unopened, check_open, find
from contract.model import Contract, Entity

Progress = Callable[[int, int, str], None]
_EMPTY_DATE = "load_date=0001-01-01"
_SAVE_EVERY = 500
_NONE = ""  # the fingerprint of a file that could not be looked at
_FILES_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("entity", pa.string()),
        ("file_load_date", pa.date32()),
        ("source_file", pa.string()),
        ("status", pa.string()),
        ("rows_landed", pa.int64()),
        ("cells_landed", pa.int64()),
        ("cells_filled", pa.int64()),
        ("reason", pa.string()),
        ("notes", pa.string()),
        ("bytes", pa.int64()),
        ("sha256", pa.string()),
    ]
)


@dataclass
class TakenFile:
    """What became of one landed file. ``rows`` and what follows are null if it was rejected.

    Cells are those outside the key: how many there are, and how many hold a value.
    """

    source: str | None
    entity: str | None
    load_date: str | None
    fingerprint: str
    bytes: int | None = None
    sha256: str | None = None
    status: str = "accepted"
    reason: str | None = None
    notes: list[str] = field(default_factory=list)
    rows_landed: int | None = None
    rows: int | None = None
    quarantined: int | None = None
    cells_landed: int | None = None
    cells_filled: int | None = None


@dataclass
class IntakeReport:
    """Counts over the whole landing, and how many files were new in this intake."""

    files: dict[str, TakenFile]
    new_files: int

    @property
    def rows(self) -> int:
        """Rows in readable files."""
        return sum(taken.rows or 0 for taken in self.files.values())

    @property
    def quarantined(self) -> int:
        """Rows that break a hard rule."""
        return sum(taken.quarantined or 0 for taken in self.files.values())

    @property
    def rejected(self) -> dict[str, str]:
        """Files that could not be used at all, with the reason."""
        return {n: t.reason for n, t in self.files.items() if t.status == "rejected"}

    @property
    def newest_load_date(self) -> date | None:
        """The newest load date among readable files: the default business date of a run."""
        dates = [t.load_date for t in self.files.values() if t.status == "accepted"]
        return date.fromisoformat(max(dates)) if dates else None


def intake(
    contract: Contract, landing: Path, raw: Path, progress: Progress | None = None
) -> IntakeReport:
    """Bring ``raw`` up to date with ``landing``.

    Raises ``FileNotFoundError`` when there is no landing folder. A bad file never raises: it is
    recorded as rejected with its reason.
    """
    raw = Path(raw)
    control = raw / "_intake"
    scratch = control / "tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    manifest = _Manifest(control / "manifest.json")
    landed_files = find(contract, landing)
    connection = connect()
    new = 0
    for done, landed in enumerate(landed_files, 1):
        fingerprint = _fingerprint(landed)
        if not manifest.is_current(landed, fingerprint, _raw_path(raw, landed)):
            manifest.put(landed.name, _take(connection, landed, fingerprint, raw, scratch))
            new += 1
            if new % _SAVE_EVERY == 0:
                manifest.save()
        manifest.count_cells(landed, _raw_path(raw, landed))
        if progress:
            progress(done, len(landed_files), landed.name)
    manifest.keep({landed.name for landed in landed_files})
    _remove_orphans(raw, {_raw_path(raw, landed) for landed in landed_files})
    _write_empty(contract, raw, scratch)
    _write_files(manifest.files, control, scratch)
    manifest.save()
    shutil.rmtree(scratch)
    return IntakeReport(manifest.files, new)


class _Manifest:
    """What was taken in, by landed file name."""

    def __init__(self, path: Path):
        self.path = path
        self.files: dict[str, TakenFile] = {}
        # A damaged manifest (a power cut) or another edition's costs a new pass, nothing else.
        with contextlib.suppress(FileNotFoundError, ValueError, TypeError, AttributeError):
            known = json.loads(path.read_text(encoding="utf-8"))
            self.files = {name: TakenFile(**taken) for name, taken in known.items()}

    def is_current(self, landed: LandedFile, fingerprint: str, raw_path: Path | None) -> bool:
        taken = self.files.get(landed.name)
        if taken is None or taken.fingerprint != fingerprint or fingerprint == _NONE:
            return False
        return taken.status == "rejected" or (raw_path is not None and raw_path.exists())

    def put(self, name: str, taken: TakenFile) -> None:
        self.files[name] = taken

    def count_cells(self, landed: LandedFile, raw_path: Path | None) -> None:
        """From the raw file's footer: reads no row. Also of what an older edition took in."""
        taken = self.files[landed.name]
        if taken.status == "accepted" and taken.cells_landed is None:
            taken.cells_landed, taken.cells_filled = _cells(landed.entity, raw_path)

    def keep(self, names: set[str]) -> None:
        self.files = {n: self.files[n] for n in sorted(self.files) if n in names}

    def save(self) -> None:
        text = json.dumps({n: asdict(t) for n, t in self.files.items()}, ensure_ascii=False)
        unfinished = self.path.with_suffix(".tmp")
        unfinished.write_text(text, encoding="utf-8")
        os.replace(unfinished, self.path)


@cache
def _rule_code() -> str:
    """Changes when the code that judges rows changes: then all files are judged again."""
    code = b"".join(Path(module.__file__).read_bytes() for module in (convert, rules))
    return hashlib.sha256(code).hexdigest()[:8]


def _fingerprint(landed: LandedFile) -> str:
    try:
        stat = landed.path.stat()
    except OSError:
        # It went away, or its folder may not be read: taking it in says so.
        return _NONE
    judged_by = f"{_rule_code()}-{landed.entity.fingerprint}" if landed.entity else ""
    return f"{stat.st_size}-{stat.st_mtime_ns}-{judged_by}-{landed.problem or ''}"


def _raw_path(raw: Path, landed: LandedFile) -> Path | None:
    return None if landed.problem else raw / f"{landed.name}.parquet"


def _take(connection, landed: LandedFile, fingerprint: str, raw: Path, scratch: Path) -> TakenFile:
    taken = TakenFile(
        source=landed.entity.source if landed.entity else None,
        entity=landed.entity.name if landed.entity else None,
        load_date=landed.load_date.isoformat() if landed.load_date else None,
        fingerprint=fingerprint,
    )
    target = _raw_path(raw, landed)
    unfinished = scratch / "part.parquet"
    try:
        check_open(landed.path)
        taken.bytes, taken.sha256 = landed.path.stat().st_size, _sha256(landed.path)
        opened = open_file(connection, landed)
        taken.rows_landed, taken.notes = opened.rows_landed, opened.notes
        taken.rows, taken.quarantined = write_raw(connection, landed.entity, opened, unfinished)
    except UNUSABLE as error:
        taken.status, taken.reason, taken.rows_landed = "rejected", why(error), None
        if isinstance(error, Unopened):
            # A right that is given later changes neither size nor time: look again at each intake.
            taken.fingerprint = _NONE
        if target:
            target.unlink(missing_ok=True)
        return taken
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(unfinished, target)
    return taken


def _cells(entity: Entity, raw_path: Path) -> tuple[int, int]:
    footer = pq.read_metadata(raw_path)
    landed = empty = 0
    for group in (footer.row_group(place) for place in range(footer.num_row_groups)):
        for column in (group.column(place) for place in range(group.num_columns)):
            if column.path_in_schema in entity.value_columns:
                landed += group.num_rows
                empty += column.statistics.null_count
    return landed, landed - empty


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove_orphans(raw: Path, expected: set[Path | None]) -> None:
    for path in raw.glob("*/*/load_date=*/*.parquet"):
        if path not in expected and path.parent.name != _EMPTY_DATE:
            path.unlink()


def _write_empty(contract: Contract, raw: Path, scratch: Path) -> None:
    """An empty file with the full schema per entity: a source that never landed still resolves."""
    for entity in contract.entities:
        target = raw / entity.folder / _EMPTY_DATE / "empty.parquet"
        # Its name until November 2026; Spark takes it for hidden.
        target.with_name("_empty.parquet").unlink(missing_ok=True)
        schema = raw_schema(entity)
        if target.exists() and pq.read_schema(target).equals(schema):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(schema.empty_table(), target, scratch)


def _write_files(files: dict[str, TakenFile], control: Path, scratch: Path) -> None:
    rows = [
        {
            "source": taken.source,
            "entity": taken.entity,
            "file_load_date": date.fromisoformat(taken.load_date) if taken.load_date else None,
            "source_file": name,
            "status": taken.status,
            "rows_landed": taken.rows_landed,
            "cells_landed": taken.cells_landed,
            "cells_filled": taken.cells_filled,
            "reason": taken.reason,
            "notes": "; ".join(taken.notes) or None,
            "bytes": taken.bytes,
            "sha256": taken.sha256,
        }
        for name, taken in files.items()
    ]
    target = control / "files" / _EMPTY_DATE / "files.parquet"
    target.parent.mkdir(parents=True, exist_ok=True)
    _replace(pa.Table.from_pylist(rows, schema=_FILES_SCHEMA), target, scratch)


def _replace(table: pa.Table, target: Path, scratch: Path) -> None:
    pq.write_table(table, scratch / "part.parquet", compression="zstd")
    os.replace(scratch / "part.parquet", target)
