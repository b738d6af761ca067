"""The list of tags, docs/tag-list.md: of the seeds and the rules; `make dictionary` writes it."""

import csv
import re

from orchestration.workspace import PROJECT

TARGET = PROJECT / "docs" / "tag-list.md"
_TAGS_HEAD = """\
# List of tags

Written by `make dictionary` from `seeds/tag_library.csv` and `macros/tags/tag_rules.sql`; published
as `marketing.tag`. How they are made and how to add one: [tags.md](tags.md). A number in brackets
is a threshold's of `seeds/thresholds.csv`.
"""


def page() -> str:
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
