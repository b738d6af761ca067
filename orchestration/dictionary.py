"""``python -m orchestration.dictionary``: the data dictionary in English and in Chinese.

docs/data-dictionary.md holds the descriptions as they are; docs/data-dictionary.zh-CN.md Chinese
labels with what follows from the YAML: type, unit (from the name), null, allowed values.
``--check`` writes nothing and fails when a page is not what would be written.
"""

import sys

import contract
from orchestration import chinese, run_tables, tag_list
from orchestration.publish import SCHEMAS
from orchestration.published import Table, table_of, tables, tests_of, write_or_check
from orchestration.workspace import PROJECT

TARGET = PROJECT / "docs" / "data-dictionary.md"
CHINESE = PROJECT / "docs" / "data-dictionary.zh-CN.md"
_HEAD = """\
# Data dictionary

Every published table: in `published/wattlead.duckdb` and as
`published/parquet/<schema>/<table>.parquet`. Written by `make dictionary` from the YAML beside the
models; units are part of the names.
[中文](data-dictionary.zh-CN.md), [diagrams](erd/README.md)
"""
_HEAD_ZH = """\
# 数据字典

所有已发布的表：在 `published/wattlead.duckdb` 中，
也以 `published/parquet/<schema>/<table>.parquet` 提供。
由 `make dictionary` 根据模型旁的 YAML 生成。单位由字段名得出；
“空值”一栏写明字段能否为空，常见的空值含义译为中文，
“—”表示未作约定，
其余见[英文版](data-dictionary.md)的逐字段说明（以英文版为准）。
[实体关系图](erd/README.md)。
"""


def dictionary() -> str:
    """The whole page in English."""
    parts = [_HEAD]
    for schema in SCHEMAS:
        parts.append(f"## Schema `{schema}`\n")
        parts += [_table(table) for table in _of(schema)]
    return "\n".join(parts)


def dictionary_zh() -> str:
    """The whole page in Chinese."""
    parts = [_HEAD_ZH]
    allowed = _allowed_by_contract()
    for schema in SCHEMAS:
        parts.append(f"## {chinese.SCHEMAS[schema]} `{schema}`\n")
        parts += [_table_zh(table, allowed) for table in _of(schema)]
    return "\n".join(parts)


def _of(schema: str) -> list[Table]:
    """Tables of a schema, those that a run writes of itself after the models'."""
    found = [table for table in tables().values() if table.schema == schema]
    if schema == run_tables.SCHEMA:
        found += [table_of(model, schema) for model in run_tables.as_models()]
    return found


def _table(table: Table) -> str:
    lines = [
        f"### {table.name} · {table.label_zh}\n",
        f"{table.description}\n",
        "| column | 名称 | type | meaning, and what null means |",
        "|---|---|---|---|",
    ]
    for column in table.columns:
        label = column["config"]["meta"]["label_zh"]
        words = column["description"].replace("|", "\\|")
        lines.append(f"| {column['name']} | {label} | {column['data_type']} | {words} |")
    return "\n".join(lines) + "\n"


def _table_zh(table: Table, allowed: dict[str, list[str]]) -> str:
    key = "、".join(f"`{name}`" for name in table.key) or "见英文版"
    lines = [
        f"### {table.label_zh} · {table.name}\n",
        f"主键：{key}\n",
        "| 名称 | 字段 | 类型 | 单位 | 空值 | 取值 |",
        "|---|---|---|---|---|---|",
    ]
    for column in table.columns:
        name, tests = column["name"], tests_of(column)
        values = tests.get("accepted_values", {}).get("values") or allowed.get(name, [])
        is_full = "not_null" in tests or name in table.key
        cells = (
            column["config"]["meta"]["label_zh"],
            name,
            chinese.kind(column["data_type"]),
            chinese.unit(name, column["data_type"]),
            chinese.null(column["description"], is_full),
            "、".join(map(str, values)),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _allowed_by_contract() -> dict[str, list[str]]:
    """The lists of the landing contract, of column names that have the same list everywhere."""
    found: dict[str, set] = {}
    for entity in contract.load(PROJECT / "models").entities:
        for column in entity.columns:
            found.setdefault(column.name, set()).add(tuple(column.allowed or ()))
    return {name: list(*lists) for name, lists in found.items() if len(lists) == 1 and any(lists)}


def main() -> None:
    """Write the pages, or with ``--check`` compare them."""
    pages = {TARGET: dictionary(), CHINESE: dictionary_zh(), tag_list.TARGET: tag_list.page()}
    write_or_check(pages, "--check" in sys.argv[1:], "make dictionary")


if __name__ == "__main__":
    main()
