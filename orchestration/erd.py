"""``python -m orchestration.erd``: docs/erd, one diagram for each topic of the exposures.

Nothing is drawn by hand: keys and references are those that dbt tests (orchestration/published.py).
A dotted line is a column that has the name of another table's key and no test: it can be joined,
but nobody promises that every value is found. ``--check`` writes nothing and fails on an old page.
"""

import sys

from orchestration.published import Table, exposures, tables, tests_of, write_or_check
from orchestration.workspace import PROJECT

FOLDER = PROJECT / "docs" / "erd"
_HOW = """\
Written by `make dictionary` from the YAML beside the models. PK: the key that is tested, FK: a
column that names another table's. A full line is a reference that a dbt test holds, a dotted one a
column of the same name without a test.

由 `make dictionary` 根据模型旁的 YAML 生成。PK 为经测试的主键，FK 指向其他表；
实线为 dbt 测试保证的引用，虚线仅为同名字段，未经测试。
"""


def pages() -> dict:
    """Path and text of every page."""
    topics = [use for use in exposures() if use["type"] != "ml"]
    found = {FOLDER / f"{_slug(use)}.md": _page(use) for use in topics}
    rows = [
        f"| [{use['label']}]({_slug(use)}.md) | {_zh(use)} | {len(use['tables'])} |"
        for use in topics
    ]
    head = "# Entity-relationship diagrams 实体关系图\n\n" + _HOW
    index = f"{head}\n| topic | 主题 | tables |\n|---|---|---|\n" + "\n".join(rows) + "\n"
    return {FOLDER / "README.md": index, **found}


def references(table: Table) -> list[tuple[str, str, bool]]:
    """Column, table that it refers to, and whether a test holds it."""
    known = tables()
    keys = {t.key[0]: t.name for t in reversed(known.values()) if len(t.key) == 1}
    # Several tables have an account a row: its home is the dimension.
    keys |= {t.key[0]: t.name for t in known.values() if t.key and t.name.startswith("dim_")
             and len(t.key) == 1}  # fmt: skip
    found = {}
    for column in table.columns:
        name = column["name"]
        if keys.get(name, table.name) != table.name:
            found[name] = (keys[name], False)
    for column, target, field in table.references:
        # A test may look into staging; what is drawn is the published table of that key.
        home = target if target in known else keys.get(field)
        if home and home != table.name:
            found[column] = (home, True)
    return [(column, target, tested) for column, (target, tested) in found.items()]


def _page(use: dict) -> str:
    chosen = [tables()[name] for name in use["tables"]]
    outside, lines = set(), []
    for table in chosen:
        for column, target, tested in references(table):
            outside.add(target)
            one = "|o" if table.key == (column,) else "}o"
            line = f"{one}{'--' if tested else '..'}{'||' if _is_full(table, column) else 'o|'}"
            lines.append(f"    {table.name} {line} {target} : {column}")
    outside -= {table.name for table in chosen}
    blocks = [_block(table) for table in chosen]
    blocks += [_block(tables()[name], is_outside=True) for name in sorted(outside)]
    listed = [f"| {t.name} | {t.label_zh} | {t.description.split('.')[0]}. |" for t in chosen]
    return "\n".join([
        f"# {use['label']} · {_zh(use)}\n",
        use["description"] + "\n",
        "```mermaid", "erDiagram", *blocks, *lines, "```\n",
        "| table | 名称 | grain |", "|---|---|---|", *listed,
        "\nAll columns: [data dictionary](../data-dictionary.md), "
        "[数据字典](../data-dictionary.zh-CN.md).",
    ]) + "\n"  # fmt: skip


def _block(table: Table, is_outside: bool = False) -> str:
    """A table with its key and references; of one of another topic only the key."""
    refers = {column for column, _, _ in references(table)}
    lines = [f'    {table.name}["{table.name} {table.label_zh}"] {{']
    for column in table.columns:
        name = column["name"]
        is_key = name in table.key
        marks = ["PK"] * is_key + ["FK"] * (name in refers and not is_outside)
        if marks:
            kind = column["data_type"].split("(")[0]
            label = column["config"]["meta"]["label_zh"]
            lines.append(f'        {kind} {name} {", ".join(marks)} "{label}"')
    return "\n".join([*lines, "    }"])


def _is_full(table: Table, column: str) -> bool:
    """Whether a column is promised to have a value in each row."""
    found = next(c for c in table.columns if c["name"] == column)
    return column in table.key or "not_null" in tests_of(found)


def _slug(use: dict) -> str:
    return use["name"].removeprefix("bi_").replace("_", "-")


def _zh(use: dict) -> str:
    return use["config"]["meta"]["label_zh"]


if __name__ == "__main__":
    write_or_check(pages(), "--check" in sys.argv[1:], "make dictionary")
