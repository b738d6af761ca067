"""Lists that people open in spreadsheets: written so that no cell is code, read as plain text."""

import csv
import re
from pathlib import Path

import pandas as pd

FORMATS = ("csv", "xlsx")
# A cell that begins so is a formula to a spreadsheet, or makes the rest of the line one.
_FORMULA = re.compile(r"^[\s\u3000]*[=+\-@＝＋－＠|%]|^[\t\r\n]")


class SheetError(ValueError):
    """A list that can't be read: says what and why."""


def neutral(value: object) -> object:
    """Text that a spreadsheet would run as a formula, with an apostrophe in front; else the value.

    Numbers stay numbers: only text can hold a formula.
    """
    if isinstance(value, str) and _FORMULA.match(value):
        return "'" + value
    return value


def write(table: pd.DataFrame, path: Path) -> None:
    """Write ``table`` to a .csv (UTF-8 with mark, as Excel wants it) or .xlsx file, owner only.

    Every text is ``neutral``. The file appears whole, by one rename.
    """
    safe = table.map(neutral)
    unfinished = path.with_name(f".{path.name}.tmp{path.suffix}")
    unfinished.touch(mode=0o600)
    try:
        if path.suffix == ".xlsx":
            safe.to_excel(unfinished, index=False, engine="openpyxl")
        else:
            safe.to_csv(unfinished, index=False, encoding="utf-8-sig", quoting=csv.QUOTE_MINIMAL)
        unfinished.replace(path)
    finally:
        # It may hold contact data: nothing of it stays behind.
        unfinished.unlink(missing_ok=True)


def read(path: Path) -> pd.DataFrame:
    """Rows of a .csv (UTF-8 or GB18030) or .xlsx file as text; empty cells are ''.

    The apostrophe of ``neutral`` is taken off again. Raises ``SheetError``.
    """
    if path.suffix.lower() not in {f".{form}" for form in FORMATS}:
        raise SheetError(f"{path.name} is neither .csv nor .xlsx")
    try:
        if path.suffix.lower() == ".xlsx":
            table = pd.read_excel(path, dtype=str, keep_default_na=False, engine="openpyxl")
        else:
            table = _read_csv(path)
    except OSError as error:
        raise SheetError(f"{path} can't be read ({error.strerror})") from None
    except Exception as error:  # openpyxl and pandas fail in a dozen ways on a damaged file
        raise SheetError(f"{path.name} is no readable list ({type(error).__name__})") from None
    table.columns = [str(name).strip().lower() for name in table.columns]
    if table.columns.duplicated().any():
        raise SheetError(f"{path.name} has two columns of one name")
    return table.map(lambda text: str(text).strip()).map(_plain)


def _plain(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


def _read_csv(path: Path) -> pd.DataFrame:
    options = {"dtype": str, "keep_default_na": False, "skip_blank_lines": True, "index_col": False}
    try:
        return pd.read_csv(path, encoding="utf-8-sig", **options)
    except UnicodeDecodeError:
        # What Excel in Chinese saves as CSV.
        return pd.read_csv(path, encoding="gb18030", **options)
