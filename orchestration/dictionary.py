"""``python -m orchestration.dictionary``: docs/data-dictionary.md from the models' own YAML.

``--check`` writes nothing and fails when the file is not what would be written.
"""

import sys
from pathlib import Path

import yaml

from orchestration import run_tables
from orchestration.publish import SCHEMAS
from orchestration.workspace import PROJECT

TARGET = PROJECT / "docs" / "data-dictionary.md"
_HEAD = """\
# Data dictionary

Every published table: in `published/wattlead.duckdb` and as
`published/parquet/<schema>/<table>.parquet`. Written by `make dictionary` from the YAML beside the
models; units are part of the names.
"""


def dictionary() -> str:
    """The whole page."""
    parts = [_HEAD]
    for schema in SCHEMAS:
        parts.append(f"## Schema `{schema}`\n")
        for path in sorted((PROJECT / "models").rglob("_*__models.yml")):
            if path.relative_to(PROJECT / "models").parts[0] == schema:
                parts += [_table(model) for model in _models(path)]
        if schema == run_tables.SCHEMA:
            parts += [_table(model) for model in _run_tables()]
    return "\n".join(parts)


def _run_tables() -> list[dict]:
    """What a run says of itself, in the shape of a model's YAML."""

    def words(metadata: dict[bytes, bytes]) -> dict:
        return {
            "description": metadata[b"description"].decode(),
            "config": {"meta": {"label_zh": metadata[b"label_zh"].decode()}},
        }

    return [
        {
            "name": name,
            **words(schema.metadata),
            "columns": [
                {"name": field.name, "data_type": str(field.type), **words(field.metadata)}
                for field in schema
            ],
        }
        for name, schema in run_tables.TABLES.items()
    ]


def _models(path: Path) -> list[dict]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))["models"]


def _table(model: dict) -> str:
    lines = [
        f"### {model['name']} · {model['config']['meta']['label_zh']}\n",
        f"{model['description']}\n",
        "| column | 名称 | type | meaning, and what null means |",
        "|---|---|---|---|",
    ]
    for column in model["columns"]:
        label = column["config"]["meta"]["label_zh"]
        words = column["description"].replace("|", "\\|")
        lines.append(f"| {column['name']} | {label} | {column['data_type']} | {words} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the page, or with ``--check`` compare it."""
    page = dictionary()
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(page, encoding="utf-8")
    elif not TARGET.exists() or TARGET.read_text(encoding="utf-8") != page:
        sys.exit(f"{TARGET.name} is out of date: run make dictionary and commit it")


if __name__ == "__main__":
    main()
