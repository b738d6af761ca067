"""A small contract of its own, so that a change of the branch's contract breaks no test here."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

import contract

SOURCES = """
version: 2
sources:
  - name: shop
    config: {meta: {owner: tester}}
    tables:
      - name: sales
        config: {meta: {label_zh: 销售, key: [sale_no], version_by: [sold_at], freshness_days: 1}}
        columns:
          - {name: sale_no, data_type: varchar, config: {meta: {required: true}}}
          - {name: sold_on, data_type: date, config: {meta: {required: true}}}
          - {name: sold_at, data_type: timestamp}
          - {name: pieces, data_type: integer, config: {meta: {min: 0, max: 100}}}
          - {name: price, data_type: "decimal(8,2)"}
          - {name: is_paid, data_type: boolean}
          - {name: state, data_type: varchar, config: {meta: {allowed: [open, done]}}}
          - {name: code, data_type: varchar, config: {meta: {pattern: "[A-Z]{3}"}}}
          - {name: buyer, data_type: varchar, config: {meta: {personal: name}}}
          - name: mobile
            data_type: varchar
            config: {meta: {personal: phone, pattern: "1[0-9]{10}"}}
          - {name: note, data_type: varchar, config: {meta: {personal: free_text}}}
      - name: returns
        config: {meta: {label_zh: 退货, key: [return_no], freshness_days: 1}}
        columns:
          - {name: return_no, data_type: varchar}
          - {name: returned_on, data_type: date, config: {meta: {min: 2000-01-01}}}
"""
DAY = "load_date=2026-01-02"


class Workspace:
    """A landing folder and what the checker and the intake make of it."""

    def __init__(self, folder: Path, rules: contract.Contract):
        self.rules = rules
        self.landing = folder / "landing"
        self.raw = folder / "raw"
        self.landing.mkdir(exist_ok=True)

    def land(self, content: str | bytes, name: str = "a.csv", encoding: str = "utf-8") -> str:
        """Write a file; a bare ``name`` lies in shop/sales. Gives its name below landing."""
        name = name if "/" in name else f"shop/sales/{DAY}/{name}"
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
        return name

    def check(self) -> contract.LandingReport:
        return contract.check(self.rules, self.landing)

    def intake(self) -> contract.IntakeReport:
        return contract.intake(self.rules, self.landing, self.raw)

    def rows(self, columns: str = "*", entity: str = "shop/sales") -> list[tuple]:
        """Rows of raw, by file and line, read as dbt reads them."""
        sql = (
            f"select {columns} from read_parquet('{self.raw}/{entity}/*/*.parquet', "
            "union_by_name=true, hive_partitioning=true) order by source_file, source_line"
        )
        with duckdb.connect() as connection:
            return connection.execute(sql).fetchall()

    def files(self) -> dict[str, Path]:
        return {p.relative_to(self.raw).as_posix(): p for p in self.raw.rglob("*.parquet")}


@pytest.fixture(scope="session")
def rules(tmp_path_factory):
    models = tmp_path_factory.mktemp("models")
    path = models / "staging" / "shop" / "_shop__sources.yml"
    path.parent.mkdir(parents=True)
    path.write_text(SOURCES, encoding="utf-8")
    return contract.load(models)


@pytest.fixture
def workspace(tmp_path, rules):
    return Workspace(tmp_path, rules)


@pytest.fixture
def impersonal(tmp_path, rules):
    """A workspace whose contract has no personal column, so that values are shown."""
    entities = tuple(
        replace(entity, columns=tuple(replace(column, personal=None) for column in entity.columns))
        for entity in rules.entities
    )
    return Workspace(tmp_path, contract.Contract(entities))


@pytest.fixture
def new_workspace(tmp_path_factory, rules):
    """A fresh workspace at every call, for property tests."""
    return lambda: Workspace(tmp_path_factory.mktemp("w"), rules)
