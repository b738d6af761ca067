"""What lies in the landing folder, and how one file of it is read.

A file that can't be read at all raises ``Unreadable`` with a reason for people; it never raises
anything else.
"""

import csv
import gzip
import io
import os
import re
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from contract.model import Contract, Entity
from contract.rules import LINE, LINE_ERROR

BATCH_ROWS = 100_000
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_KINDS = (".parquet", ".csv", ".csv.gz")
csv.field_size_limit(2**31 - 1)


class Unreadable(Exception):
    """The file as a whole can't be used; the message says why and what to do."""


class Unopened(Unreadable):
    """The system does not hand the file out; the file itself may be good."""


@dataclass(frozen=True)
class LandedFile:
    """One file below the landing root. ``problem`` is set when its place or kind is wrong."""

    path: Path
    name: str  # relative to the landing root, with forward slashes
    entity: Entity | None = None
    load_date: date | None = None
    problem: str | None = None


def find(contract: Contract, landing: Path) -> list[LandedFile]:
    """Every file below ``landing``, sorted by name; hidden and unfinished files are left alone.

    Raises ``FileNotFoundError`` when there is no landing folder.
    """
    landing = Path(landing)
    if not landing.is_dir():
        raise FileNotFoundError(
            f"there is no landing folder {landing}: make one with `wattlead simulate` or "
            "`wattlead import`, or name yours with --landing"
        )
    found = []
    for path in sorted(_below(landing)):
        parts = path.relative_to(landing).parts
        # Hidden files, and folders of attachments that rows of an entity name.
        if parts[0].startswith("_") or parts[-1].startswith((".", "_")) or path.suffix == ".tmp":
            continue
        found.append(_place(contract, path, "/".join(parts)))
    return found


def _below(landing: Path) -> list[Path]:
    """Files below ``landing``, also links to nothing; folders that can't be looked into are told.

    Left out, they would be rows that go missing without a word.
    """
    found: list[str] = []

    def closed(error: OSError) -> None:
        found.append(error.filename)

    seen = set()
    for folder, folders, names in os.walk(landing, onerror=closed, followlinks=True):
        # An entity may be a link to where its files land; a link to where it stands is a circle.
        seen.add(os.path.realpath(folder))
        folders[:] = [n for n in folders if os.path.realpath(os.path.join(folder, n)) not in seen]
        found.extend(os.path.join(folder, name) for name in names)
    return [path for path in map(Path, found) if not _is_special(path)]


def _is_special(path: Path) -> bool:
    """Whether it is a pipe or a device, which may be opened for ever."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def day_of(folder: str) -> date:
    """The day in a folder's name ``load_date=YYYY-MM-DD``; raises ``ValueError``.

    Other forms of ISO 8601 are refused: engines that read the folders take them for text.
    """
    value = folder.removeprefix("load_date=")
    if not _DAY.fullmatch(value):
        raise ValueError(f"{value} is not YYYY-MM-DD")
    return date.fromisoformat(value)


def _place(contract: Contract, path: Path, name: str) -> LandedFile:
    parts = name.split("/")
    if len(parts) != 4 or not parts[2].startswith("load_date="):
        why = "is not at <source>/<entity>/load_date=YYYY-MM-DD/<file>"
        return LandedFile(path, name, problem=why)
    folder = f"{parts[0]}/{parts[1]}"
    if folder not in contract.by_folder:
        why = f"the contract has no entity {folder}{contract.hint(folder)}"
        return LandedFile(path, name, problem=why)
    entity = contract.by_folder[folder]
    try:
        load_date = day_of(parts[2])
    except ValueError:
        return LandedFile(path, name, entity, problem=f"{parts[2]} is not a date (YYYY-MM-DD)")
    if not parts[3].endswith(_KINDS):
        why = f"is none of {', '.join(_KINDS)}"
        return LandedFile(path, name, entity, load_date, problem=why)
    return LandedFile(path, name, entity, load_date)


def check_open(path: Path) -> None:
    """Raise ``Unopened`` unless the file can be opened and read from."""
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        words = f"can't be opened ({error.strerror}): give the job's user the right to read it"
        raise Unopened(words) from error


def open_parquet(path: Path) -> pq.ParquetFile:
    """The Parquet file, or ``Unreadable``."""
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise Unreadable("is not a readable Parquet file (cut off, or another format)") from error


class CsvFile:
    """One CSV file: UTF-8 or GB18030, with or without BOM, perhaps gzipped, comma-separated.

    Line numbers are those an editor shows: the header is line 1, and a quoted field may span lines.
    """

    def __init__(self, path: Path, entity: Entity):
        """Read the header. Raises ``Unreadable``."""
        self.path = path
        self.entity = entity
        if path.stat().st_size == 0:
            raise Unreadable("is empty (0 bytes): land the file again")
        self.encoding = self._encoding()
        try:
            header = next(csv.reader(self._lines()), [])
        except csv.Error as error:
            raise Unreadable(f"its header is no CSV ({error})") from error
        self.header = [name.strip().removeprefix("\ufeff") for name in header]
        self._check_header()

    def _open(self) -> io.BufferedIOBase:
        return gzip.open(self.path) if self.path.suffix == ".gz" else self.path.open("rb")

    def _encoding(self) -> str:
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                with io.TextIOWrapper(self._open(), encoding=encoding, newline="") as lines:
                    for _ in lines:
                        pass
                return encoding
            except UnicodeDecodeError:
                continue
            except (EOFError, zlib.error) as error:
                raise Unreadable("is a gzip file that is cut off: land it again") from error
            except gzip.BadGzipFile as error:
                raise Unreadable("is named .gz but is no gzip file") from error
        raise Unreadable("is neither UTF-8 nor GB18030 text: save it in one of these")

    def _lines(self) -> Iterator[str]:
        with io.TextIOWrapper(self._open(), encoding=self.encoding, newline="") as lines:
            yield from lines

    def _check_header(self) -> None:
        known = set(self.entity.column_names)
        if not known & set(self.header):
            line = ",".join(self.header)
            for delimiter, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
                if known & {name.strip() for name in line.split(delimiter)}:
                    raise Unreadable(f"its fields are separated by {word}; commas are expected")
            raise Unreadable(
                "its first line names no column of the contract "
                f"(expected {', '.join(self.entity.column_names[:4])} …)"
            )
        twice = sorted({name for name in self.header if self.header.count(name) > 1})
        if twice:
            raise Unreadable(f"its first line names a column twice: {', '.join(twice)}")

    def count_rows(self) -> int:
        """Records after the header, counted without parsing: line ends outside quotes."""
        records, inside, content = 0, False, False
        for line in self._lines():
            content = content or bool(line.strip("\r\n"))
            if inside or '"' in line:
                inside = _ends_inside_quotes(line, inside)
            if not inside:
                records, content = records + content, False
        return max(records + content - 1, 0)

    def batches(self) -> Iterator[pa.Table]:
        """Tables of text columns plus ``LINE`` and ``LINE_ERROR``; a bad line is a row too."""
        columns = [name for name in self.header if name in self.entity.column_names]
        places = [self.header.index(name) for name in columns]
        width = len(self.header)
        reader = csv.reader(self._lines())
        next(reader)
        rows, numbers, errors = [], [], []
        while True:
            line = reader.line_num + 1
            record = next(reader, None)
            if record is None:
                break
            if not record:
                continue
            error = None
            if len(record) != width:
                error = f"has {len(record)} fields, the header has {width}"
                if reader.line_num - line > 100:
                    error += f"; a quote opened here runs on to line {reader.line_num}"
                record = [""] * width
            rows.append(record)
            numbers.append(line)
            errors.append(error)
            if len(rows) == BATCH_ROWS:
                yield _table(rows, columns, places, numbers, errors)
                rows, numbers, errors = [], [], []
        yield _table(rows, columns, places, numbers, errors)


def _ends_inside_quotes(line: str, inside: bool) -> bool:
    """Whether a quoted field is open after ``line``; a quote opens only at a field's start."""
    at_start = not inside
    for mark in line:
        if inside:
            # A doubled quote closes and opens again, which comes to the same.
            inside, at_start = mark != '"', mark == '"'
        elif mark == '"' and at_start:
            inside = True
        else:
            at_start = mark == ","
    return inside


def _table(rows: list, columns: list, places: list, numbers: list, errors: list) -> pa.Table:
    fields = list(zip(*rows, strict=True)) if rows else [()] * (max(places, default=0) + 1)
    data = {
        name: pa.array(fields[place], pa.string())
        for name, place in zip(columns, places, strict=True)
    }
    data[LINE] = pa.array(numbers, pa.int64())
    data[LINE_ERROR] = pa.array(errors, pa.string())
    return pa.table(data)
