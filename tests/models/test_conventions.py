"""What holds between models and the rest: the contract, known thresholds, no personal data.

What each model keeps to by itself – grain, owner, access, descriptions, key – dbt-score judges in
`make lint` (dbt_score_rules); tests/models/test_dbt_score_rules.py shows that it can fail.
"""

import csv
import re
from pathlib import Path

import pytest
import yaml

import contract

ROOT = Path(__file__).parents[2]
MODELS = sorted((ROOT / "models").rglob("*.sql"))


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
    # What scoring takes as a parameter is read from the same seed, by its code.
    scoring = "\n".join(path.read_text() for path in (ROOT / "orchestration").rglob("*.py"))
    codes = {row["code"] for row in rows}
    used |= codes & set(re.findall(r'"(\w+)"', scoring))
    assert used == codes


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
