"""The text of an error without the values of a row: reports and Data Docs are read by many."""

import re
from collections.abc import Mapping
from typing import Any

# Errors raised before any row is read name tables and columns; others may quote a row's values.
_HARMLESS = re.compile(
    r"(?:Binder|Catalog|Parser) Error: [^\n]*|The column \"\w+\" in BatchData does not exist"
)
_KIND = re.compile(r"\b_duckdb\.(\w+)|\b(\w+(?:Exception|Error))\b")


def error_text(exception_info: Mapping[str, Any]) -> str:
    """What Great Expectations caught: names of tables and columns, else only the error's type."""
    text = str(exception_info).replace("\\n", "\n").replace("\\'", "'")
    harmless = _HARMLESS.search(text)
    if harmless:
        return harmless.group().strip()
    kind = _KIND.search(text)
    name = (kind.group(1) or kind.group(2)) if kind else "error"
    return f"{name} (its text is left out, it may quote values of a row)"
