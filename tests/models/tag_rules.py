"""The rules of tags as DuckDB evaluates them on rows that a test states. No test of its own."""

import csv
import functools
import re
from pathlib import Path
from types import SimpleNamespace

import duckdb
import jinja2
import yaml

ROOT = Path(__file__).parents[2]
CASES = Path(__file__).with_name("tag_cases.csv")
# What int_tags__input adds to account_month.
ADDED = {
    "tariff_kind": "varchar",
    "is_two_part": "boolean",
    "enrolled_products": "integer",
    "consents_told": "integer",
    "consents_given": "integer",
    "top_usage_kwh": "decimal(18, 4)",
    "high_usage_kwh": "decimal(18, 4)",
    "top_billed_cny": "decimal(18, 2)",
    "high_billed_cny": "decimal(18, 2)",
}
SCORED = {"segment_id": "integer", "segment_code": "varchar"}


class _Returned(Exception):
    """What dbt's ``return`` does to a macro: its value leaves through the stack."""


def _called(macro):
    """A macro as dbt lets it be called: what it returns, or else its text."""

    def call(*arguments):
        try:
            return str(macro(*arguments)).strip()
        except _Returned as returned:
            return returned.args[0]

    return call


def _macros() -> dict:
    """The macros of the project that rules are made with, outside dbt."""

    def returns(value):
        raise _Returned(value)

    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.globals |= {"return": returns, "modules": SimpleNamespace(re=re)}
    for file in ("tag_rules", "tag_scope", "tag_condition"):
        text = (ROOT / "macros" / "tags" / f"{file}.sql").read_text(encoding="utf-8")
        module = environment.from_string(text).module
        for name in ("tag_rules", "model_tag_rules", "tag_scope", "tag_condition"):
            if hasattr(module, name):
                environment.globals[name] = _called(getattr(module, name))
    return environment.globals


_MACROS = _macros()
condition = _MACROS["tag_condition"]
rules = _MACROS["tag_rules"]
model_rules = _MACROS["model_tag_rules"]


def rows(path: Path) -> list[dict]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@functools.cache
def inputs() -> dict[str, str]:
    """Columns that a rule may name, with their types."""
    models = yaml.safe_load(
        (ROOT / "models/customer_360/_customer_360__models.yml").read_text(encoding="utf-8")
    )["models"]
    (account_month,) = [model for model in models if model["name"] == "account_month"]
    types = {column["name"]: column["data_type"] for column in account_month["columns"]}
    for _, _, rule in model_rules():
        types |= {name: "integer" for name in re.findall(r"lead_rank_\w+", rule)}
    return types | ADDED | SCORED


class Rows:
    """Rows that cases state, for rules to be evaluated on."""

    def __init__(self):
        """The thresholds are those of the seed."""
        limits = ", ".join(
            f"cast({row['value']} as decimal(12, 4)) as {row['code']}"
            for row in rows(ROOT / "seeds" / "thresholds.csv")
        )
        self._types = inputs()
        self._connection = duckdb.connect(config={"threads": 1})
        self._connection.execute(f"create table limits as select {limits}")

    def say(self, variants: list[tuple[str, str, str]], cases: list[str]) -> list[tuple]:
        """For each case what each variant of a rule says: true, false or null.

        A case is ``column=value; …``, a value an SQL expression that may name thresholds. Where it
        says nothing, the account is a home, not closed and enrolled in nothing; all else is null.
        """
        conditions = [condition(rule) for rule in variants]
        named = set(re.findall(r"\w+", " ".join(conditions))) & self._types.keys()
        made = []
        for place, case in enumerate(cases):
            stated = dict(pair.split("=", 1) for pair in re.split(r";\s*", case) if pair)
            assert stated.keys() <= named, f"{variants[0][0]} does not read all of {case}"
            row = {"is_closed": "false", "category": "'residential'"}
            row |= {name: "false" for name in named if name.startswith("is_enrolled_")} | stated
            columns = "".join(
                f", cast({row.get(name, 'null')} as {self._types[name]}) as {name}"
                for name in sorted(named)
            )
            made.append(f"select {place} as place{columns} from limits")
        return self._connection.execute(
            f"select {', '.join(conditions)} from ({' union all '.join(made)}) as t "
            "cross join limits order by place"
        ).fetchall()
