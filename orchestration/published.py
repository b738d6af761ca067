"""What the YAML beside the models says of the published tables: keys, references, labels."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from orchestration.publish import SCHEMAS
from orchestration.workspace import PROJECT

_REF = re.compile(r"ref\('(\w+)'\)")


@dataclass(frozen=True)
class Table:
    """A published table; ``references`` are column, table, its column, as dbt tests them."""

    name: str
    schema: str
    label_zh: str
    description: str
    columns: tuple[dict, ...]
    key: tuple[str, ...]
    references: tuple[tuple[str, str, str], ...]


@cache
def tables() -> dict[str, Table]:
    """Every published table by name, schema by schema in the order of publishing."""
    found = {}
    for schema in SCHEMAS:
        for path in sorted((PROJECT / "models").rglob("_*__models.yml")):
            if path.relative_to(PROJECT / "models").parts[0] == schema:
                for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
                    found[model["name"]] = table_of(model, schema)
    return found


@cache
def exposures() -> tuple[dict, ...]:
    """The declared uses, with ``tables``: the names of the models that each reads."""
    path = PROJECT / "models" / "_exposures.yml"
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))["exposures"]
    return tuple(
        {**exposure, "tables": [_REF.match(ref)[1] for ref in exposure["depends_on"]]}
        for exposure in declared
    )


def tests_of(column: dict) -> dict[str, dict]:
    """The data tests of a column with their arguments."""
    found = {}
    for test in column.get("data_tests", []):
        if isinstance(test, str):
            found[test] = {}
        else:
            found |= {kind: settings.get("arguments", {}) for kind, settings in test.items()}
    return found


def write_or_check(pages: dict[Path, str], is_check: bool, command: str) -> None:
    """Write the pages, or exit with those that are not what would be written."""
    stale = []
    for path, page in pages.items():
        if not path.exists() or path.read_text(encoding="utf-8") != page:
            stale.append(path.name)
            if not is_check:
                path.parent.mkdir(exist_ok=True)
                path.write_text(page, encoding="utf-8")
    if is_check and stale:
        raise SystemExit(f"{', '.join(stale)} out of date: run {command} and commit")


def table_of(model: dict, schema: str) -> Table:
    """A model as its YAML describes it."""
    columns = model["columns"]
    key = [column["name"] for column in columns if "unique" in tests_of(column)][:1]
    for test in model.get("data_tests", []):
        if not key and "unique_key" in test:
            key = test["unique_key"]["arguments"]["columns"]
    key = key or model["config"]["meta"].get("key", [])
    references = [
        (column["name"], _REF.match(arguments["to"])[1], arguments["field"])
        for column in columns
        for kind, arguments in tests_of(column).items()
        if kind == "relationships"
    ]
    return Table(
        model["name"],
        schema,
        model["config"]["meta"]["label_zh"],
        model["description"],
        tuple(columns),
        tuple(key),
        tuple(references),
    )
