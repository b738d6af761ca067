"""``python -m orchestration.dictionary``: docs/data-dictionary.md and docs/tag-list.md.

The dictionary is of the models' own YAML, the list of tags of the seeds and the rules.
``--check`` writes nothing and fails when a file is not what would be written.
"""

import csv
import re
import sys
from pathlib import Path

import yaml

from orchestration.publish import SCHEMAS
from orchestration.workspace import PROJECT

_HEAD = """\
# Data dictionary

Every published table: in `published/wattlead.duckdb` and as
`published/parquet/<schema>/<table>.parquet`. Written by `make dictionary` from the YAML beside the
models; units are part of the names. Beside these tables, the schema `governance` has the run's own:
`run`, `run_check`, `incident`, `table_checksum`.
"""

_TAGS_HEAD = """\
# List of tags

Written by `make dictionary` from `seeds/tag_library.csv` and `macros/tags/tag_rules.sql`; published
as `marketing.tag`. How they are made and how to add one: [tags.md](tags.md). A number in brackets
is a threshold's of `seeds/thresholds.csv`.
"""


def dictionary() -> str:
    """The whole page of tables."""
    parts = [_HEAD]
    for schema in SCHEMAS:
        parts.append(f"## Schema `{schema}`\n")
        for path in sorted((PROJECT / "models").rglob("_*__models.yml")):
            if path.relative_to(PROJECT / "models").parts[0] == schema:
                parts += [_table(model) for model in _models(path)]
    return "\n".join(parts)


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


def tag_list() -> str:
    """The whole page of tags, by category."""
    tags, categories = _seed("tag_library"), _seed("tag_category")
    rules = _rules()
    parts = [_TAGS_HEAD, _counts(tags, categories)]
    for category in categories:
        lines = [
            f"## {category['label_en']} · {category['label_zh']}\n",
            "| tag | 名称 | basis | applies to | rule | owner | may be used for | why |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for tag in (tag for tag in tags if tag["category"] == category["category"]):
            scope, rule = rules[tag["tag_code"]]
            uses = tag["permitted_use"].replace("|", ", ")
            lines.append(
                f"| {tag['tag_code']} | {tag['label_zh']} | {tag['basis']} | {scope} | `{rule}` "
                f"| {tag['owner']} | {uses} | {tag['reason']} |"
            )
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _counts(tags: list[dict], categories: list[dict]) -> str:
    """How many tags each category has, by basis."""
    lines = ["| category | 类别 | fact | rule | model | all |", "|---|---|---:|---:|---:|---:|"]
    places = [(row["category"], f"{row['label_en']} | {row['label_zh']}") for row in categories]
    for category, label in [*places, (None, "All | 合计")]:
        bases = [tag["basis"] for tag in tags if category in (None, tag["category"])]
        counts = " | ".join(str(bases.count(basis)) for basis in ("fact", "rule", "model"))
        lines.append(f"| {label} | {counts} | {len(bases)} |")
    return "\n".join(lines) + "\n"


def _rules() -> dict[str, tuple[str, str]]:
    """Scope and condition by tag; thresholds with their values."""
    thresholds = {row["code"]: row["value"] for row in _seed("thresholds")}
    text = (PROJECT / "macros" / "tags" / "tag_rules.sql").read_text(encoding="utf-8")
    found = {}
    for code, scope, pieces in re.findall(r'\("(\w+)", "(\w+)",\s*((?:"[^"]*"[\s~]*)+)\)', text):
        rule = "".join(re.findall(r'"([^"]*)"', pieces))
        found[code] = (
            scope,
            re.sub(r"threshold\('(\w+)'\)", lambda hit: f"[{thresholds[hit[1]]}]", rule),
        )
    return found


def _seed(name: str) -> list[dict]:
    with (PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Write the pages, or with ``--check`` compare them."""
    for name, made in (("data-dictionary.md", dictionary), ("tag-list.md", tag_list)):
        target, page = PROJECT / "docs" / name, made()
        if "--check" not in sys.argv[1:]:
            target.write_text(page, encoding="utf-8")
        elif not target.exists() or target.read_text(encoding="utf-8") != page:
            sys.exit(f"{name} is out of date: run make dictionary and commit it")


if __name__ == "__main__":
    main()
