"""The project's rules for dbt-score find what they are for; `make lint` applies them."""

from types import SimpleNamespace

import pytest
import yaml
from dbt_score import Exposure, Model

from dbt_score_rules import conventions
from orchestration.published import tables
from orchestration.workspace import PROJECT


def model(**changes):
    column = SimpleNamespace(
        name="bill_no",
        data_type="varchar",
        description="Bill number.",
        config={"meta": {"label_zh": "账单编号"}},
        tests=[SimpleNamespace(type="unique")],
    )
    given = {
        "name": "fct_bill",
        "original_file_path": "models/marts/billing/fct_bill.sql",
        "raw_code": "-- fct_bill: one row per bill.\nselect 1",
        "description": "One row per bill.",
        "config": {"meta": {"label_zh": "电费账单"}},
        "group": "billing",
        "access": "public",
        "columns": [column],
        "tests": [],
        "children": [],
    }
    return SimpleNamespace(**{**given, **changes})


def found(rule, judged):
    return rule().evaluate(judged)


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        (conventions.states_its_grain_first, {"raw_code": "select 1"}),
        (conventions.has_a_desk_that_answers, {"group": "nobody"}),
        (conventions.has_the_access_of_its_layer, {"access": "protected"}),
        (conventions.says_its_grain_in_its_description, {"description": "Bills."}),
        (conventions.says_its_grain_in_its_description, {"config": {"meta": {}}}),
        (conventions.has_its_key_tested, {"columns": []}),
    ],
)
def test_a_rule_passes_a_good_model_and_stops_a_broken_one(rule, broken):
    assert found(rule, model()) is None
    assert found(rule, model(**broken))


@pytest.mark.parametrize("missing", ["data_type", "description", "config"])
def test_a_column_needs_a_type_a_description_and_a_label(missing):
    rule = conventions.columns_are_typed_and_labelled
    judged = model()
    assert found(rule, judged) is None
    setattr(judged.columns[0], missing, {} if missing == "config" else "")
    assert found(rule, judged)


@pytest.mark.parametrize(
    ("reader", "due"), [("billing", "private"), ("metering", "protected"), (None, "private")]
)
def test_a_step_is_private_unless_another_desk_reads_it(reader, due):
    child = object.__new__(Model)
    child.group = reader
    step = {
        "original_file_path": "models/intermediate/billing/int_billing__step.sql",
        "children": [child] if reader else [],
    }
    for access in ("private", "protected", "public"):
        judged = found(conventions.has_the_access_of_its_layer, model(access=access, **step))
        assert (judged is None) == (access == due)


def test_what_is_published_is_used_by_an_exposure_with_an_owner():
    use = object.__new__(Exposure)
    rule = conventions.is_used_by_a_declared_exposure
    assert found(rule, model(children=[use])) is None
    assert found(rule, model(children=[]))
    use.config = {"meta": {"owner": "billing", "label_zh": "电费"}}
    use.owner = {"name": conventions.owners()["billing"]}
    assert found(conventions.exposure_has_an_owner_of_the_list, use) is None
    use.owner = {"name": "somebody"}
    assert found(conventions.exposure_has_an_owner_of_the_list, use)


def test_the_groups_are_the_owners_of_the_list():
    text = (PROJECT / "models" / "_groups.yml").read_text(encoding="utf-8")
    groups = yaml.safe_load(text)["groups"]
    assert {group["name"]: group["owner"]["name"] for group in groups} == conventions.owners()


def test_a_source_and_its_staging_models_have_one_owner():
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    staging = project["models"]["wattlead"]["staging"]
    found = {}
    for path in (PROJECT / "models" / "staging").rglob("_*__sources.yml"):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            found[source["name"]] = source["config"]["meta"]["owner"]
    groups = {name: of["+group"] for name, of in staging.items() if not name.startswith("+")}
    assert groups == found


def test_every_published_table_has_a_key_but_the_one_tested_elsewhere():
    assert [name for name, table in tables().items() if not table.key] == ["fct_account_day"]
