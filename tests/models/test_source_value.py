"""What depends on a source is read from the graph; every feature belongs to a source."""

import csv
from pathlib import Path

import jinja2
import yaml

import contract

ROOT = Path(__file__).parents[2]


class Returned(Exception):
    """dbt's ``return`` ends a macro with a value."""


def call(macro: str, *arguments, graph: dict):
    """The value of a macro of source_dependants.sql over a graph, as dbt would give it."""

    def give(value):
        raise Returned(value)

    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.globals.update(graph=graph, execute=True)
    environment.globals["return"] = give
    text = (ROOT / "macros" / "source_dependants.sql").read_text(encoding="utf-8")
    module = environment.from_string(text).module
    try:
        getattr(module, macro)(*arguments)
    except Returned as returned:
        return returned.args[0]
    raise AssertionError("nothing returned")


def model(name: str, layer: str, *parents: str, columns=None) -> tuple[str, dict]:
    node = {
        "unique_id": f"model.w.{name}",
        "name": name,
        "resource_type": "model",
        "fqn": ["w", layer, name],
        "depends_on": {"nodes": list(parents)},
        "columns": columns or {},
    }
    return node["unique_id"], node


def source(source_name: str, name: str, **meta) -> tuple[str, dict]:
    node = {
        "unique_id": f"source.w.{source_name}.{name}",
        "package_name": "w",
        "source_name": source_name,
        "source_meta": meta,
    }
    return node["unique_id"], node


GRAPH = {
    "nodes": dict(
        [
            # Listed before its parent, so that one round is not enough.
            model("fct_bill", "marts", "model.w.int_bill"),
            model("int_bill", "intermediate", "source.w.billing.bills"),
            model("dim_date", "marts", "source.w.billing.bills"),
            model("fct_outage", "marts", "model.w.dim_date", "source.w.grid.outages"),
            model("account_month", "customer_360", "model.w.fct_bill"),
            model("lead", "marketing", "source.w.scores.leads"),
        ]
    ),
    "sources": dict(
        [
            source("billing", "bills"),
            source("grid", "outages"),
            source("scores", "leads", made_of=["account_month"]),
        ]
    ),
    "exposures": {
        "exposure.w.report": {
            "unique_id": "exposure.w.report",
            "depends_on": {"nodes": ["model.w.lead"]},
        }
    },
}


def test_a_source_is_followed_through_the_scores_but_not_through_the_calendar():
    counts = call("source_dependants", "billing", graph=GRAPH)
    assert counts == {"marts": 1, "marketing_tables": 1, "exposures": 1}
    counts = call("source_dependants", "grid", graph=GRAPH)
    assert counts == {"marts": 1, "marketing_tables": 0, "exposures": 0}


def test_features_are_counted_by_family_without_the_key():
    def column(family):
        return {"config": {"meta": {"family": family}}, "meta": {}}

    columns = {"a": column("key"), "b": column("level"), "c": column("level"), "d": column("grid")}
    graph = {"nodes": dict([model("account_month", "customer_360", columns=columns)])}
    assert call("feature_families", graph=graph) == {"level": 2, "grid": 1}


def rows(seed: str) -> list[dict]:
    with (ROOT / "seeds" / seed).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_family_of_features_names_its_sources():
    path = ROOT / "models" / "customer_360" / "_customer_360__models.yml"
    tables = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    (columns,) = (table["columns"] for table in tables if table["name"] == "account_month")
    families = {column["config"]["meta"]["family"] for column in columns} - {"key"}
    assert families == {row["family"] for row in rows("feature_source.csv")}


def test_every_source_of_the_contract_is_a_kind_of_data():
    kinds = rows("source_kind.csv")
    entities = contract.load(ROOT / "models").entities
    assert {row["source"] for row in kinds} == {entity.source for entity in entities}
    assert sum(row["is_of_paper"] == "true" for row in kinds) == 8
