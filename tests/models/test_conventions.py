"""What every model keeps to: stated grain, described columns, the contract, known thresholds."""

import csv
import re
from pathlib import Path

import pytest
import yaml

import contract

ROOT = Path(__file__).parents[2]
MODELS = sorted((ROOT / "models").rglob("*.sql"))
PUBLISHED = ("marts", "customer_360", "governance", "marketing")


def declared() -> dict[str, dict]:
    """Every model's YAML, by name."""
    found = {}
    for path in (ROOT / "models").rglob("_*.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models") or []:
            found[model["name"]] = model
    return found


DECLARED = declared()


def layer(path: Path) -> str:
    return path.relative_to(ROOT / "models").parts[0]


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_states_its_grain_first(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert re.match(rf"-- {path.stem}: one row per .+\.?", first), first


@pytest.mark.parametrize("path", [p for p in MODELS if layer(p) in PUBLISHED], ids=lambda p: p.stem)
def test_a_published_column_has_a_type_a_description_and_a_label(path):
    model = DECLARED[path.stem]
    assert model["description"].startswith("One row per")
    assert model["config"]["meta"]["label_zh"]
    for column in model["columns"]:
        where = f"{path.stem}.{column['name']}"
        assert column["data_type"] and len(column["description"]) > 5, where
        assert re.search("[\u4e00-\u9fff]", column["config"]["meta"]["label_zh"]), where


@pytest.mark.parametrize("path", [p for p in MODELS if layer(p) in PUBLISHED], ids=lambda p: p.stem)
def test_a_published_table_has_its_key_tested(path):
    model = DECLARED[path.stem]
    # A view of too many rows to sort may have it tested in the table that sums them.
    tested = DECLARED[model["config"]["meta"].get("key_tested_in", path.stem)]
    kinds = {kind for test in tested.get("data_tests", []) for kind in test}
    unique = [c for c in model["columns"] if "unique" in c.get("data_tests", [])]
    assert unique or kinds & {"unique_key", "counts_each_day_once"}


def test_every_model_is_declared_and_every_declaration_has_a_model():
    private = {path.stem for path in MODELS if layer(path) == "intermediate"}
    names = {path.stem for path in MODELS}
    assert names - private <= set(DECLARED)
    assert set(DECLARED) <= names


def test_the_list_of_entities_is_the_contract():
    listed = re.findall(r'\["(\w+)", "(\w+)"\]', (ROOT / "macros/staged_entities.sql").read_text())
    entities = contract.load(ROOT / "models").entities
    assert sorted(listed) == sorted((entity.source, entity.name) for entity in entities)
    for source, name in listed:
        assert (ROOT / "models" / "staging" / source / f"stg_{source}__{name}.sql").is_file()


def test_every_threshold_is_used_and_every_used_one_exists():
    with (ROOT / "seeds" / "thresholds.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert all(row["reason"] and row["source"] and row["valid_from"] for row in rows)
    paths = [*MODELS, *(ROOT / "macros").rglob("*.sql")]
    sql = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    used = set(re.findall(r"threshold\('(\w+)'\)", sql))
    assert used == {row["code"] for row in rows}


def test_staging_and_analytics_hold_no_personal_column():
    personal = {
        column.name
        for entity in contract.load(ROOT / "models").entities
        for column in entity.columns
        if column.personal
    }
    assert {"account_name", "phone", "id_no", "premise_address", "email"} <= personal
    # Personal in one entity and harmless in another, with the models that use it so.
    harmless = {
        "name": {"dim_date", "stg_external__holidays", "stg_marketing__campaigns"},
        # The channel, not a number.
        "phone": {
            "account_month",
            "fct_contact_pressure",
            "int_activity__account_reach",
            "int_tags__input",
        },
    }
    found = []
    for path in MODELS:
        if layer(path) == "vault":
            continue
        code = re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
        words = set(re.findall(r"\b\w+\b", code))
        found += [
            f"{path.stem}: {column}"
            for column in personal & words
            if path.stem not in harmless.get(column, set())
        ]
    assert not found


@pytest.mark.parametrize("folder", ["models", "macros"])
def test_sql_lines_fit_a_screen(folder):
    for path in (ROOT / folder).rglob("*.sql"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert len(line) <= 150, f"{path.name}:{number}"
