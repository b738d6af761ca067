"""What every model keeps to: stated grain, an owner, access by layer, labelled columns, a key."""

import csv
import re
from functools import cache
from pathlib import Path

from dbt_score import Exposure, Model, RuleViolation, rule, rule_filter

_PUBLISHED = ("marts", "customer_360", "marketing", "governance")
_KEY_TESTS = {"unique_key", "counts_each_day_once"}
_OWNERS = Path(__file__).parents[1] / "seeds" / "data_owner.csv"


@cache
def owners() -> dict[str, str]:
    """Owner code and the name that groups and exposures give it, from the list of owners."""
    with _OWNERS.open(encoding="utf-8") as file:
        return {r["owner"]: f"{r['label_en']} · {r['label_zh']}" for r in csv.DictReader(file)}


def _layer(model: Model) -> str:
    return Path(model.original_file_path).parts[1]


@rule_filter
def is_published(model: Model) -> bool:
    """Models of the published schemas."""
    return _layer(model) in _PUBLISHED


@rule
def states_its_grain_first(model: Model) -> RuleViolation | None:
    """The first line of a model says what one row is."""
    first = model.raw_code.split("\n")[0]
    if not re.match(rf"-- {model.name}: one row per .+", first):
        return RuleViolation(f"first line is not '-- {model.name}: one row per …'")
    return None


@rule
def has_a_desk_that_answers(model: Model) -> RuleViolation | None:
    """A model's group is an owner of seeds/data_owner.csv."""
    if model.group not in owners():
        return RuleViolation(f"group {model.group!r} is not in seeds/data_owner.csv")
    return None


@rule
def has_the_access_of_its_layer(model: Model) -> RuleViolation | None:
    """Published models are public, steps private unless another desk reads them."""
    layer = _layer(model)
    if layer in _PUBLISHED:
        due = "public"
    elif layer in ("intermediate", "tags"):
        readers = [child for child in model.children if isinstance(child, Model)]
        due = "protected" if any(child.group != model.group for child in readers) else "private"
    else:
        due = "protected"
    if model.access != due:
        return RuleViolation(f"access is {model.access}, and should be {due}")
    return None


@rule(rule_filters={is_published()})
def says_its_grain_in_its_description(model: Model) -> RuleViolation | None:
    """A published table's description begins with its grain; it has a Chinese label."""
    if not model.description.startswith("One row per"):
        return RuleViolation("description does not begin with 'One row per'")
    if not _is_chinese(model.config.get("meta", {})):
        return RuleViolation("no Chinese label_zh")
    return None


@rule(rule_filters={is_published()})
def columns_are_typed_and_labelled(model: Model) -> RuleViolation | None:
    """A published column has a type, a description of more than a word, and a Chinese label."""
    wrong = [
        column.name
        for column in model.columns
        if not column.data_type
        or len(column.description) <= 5
        or not _is_chinese(column.config.get("meta", {}))
    ]
    return RuleViolation(f"not typed, described or labelled: {wrong}") if wrong else None


@rule(rule_filters={is_published()})
def has_its_key_tested(model: Model) -> RuleViolation | None:
    """A published table's key is tested, by itself or by the table that sums its rows."""
    if model.config.get("meta", {}).get("key_tested_in"):
        return None
    if {test.type for test in model.tests} & _KEY_TESTS:
        return None
    if any(test.type == "unique" for column in model.columns for test in column.tests):
        return None
    return RuleViolation("no test of its key")


@rule(rule_filters={is_published()})
def is_used_by_a_declared_exposure(model: Model) -> RuleViolation | None:
    """Whatever is published is for somebody: models/_exposures.yml says whom."""
    if not any(isinstance(child, Exposure) for child in model.children):
        return RuleViolation("no exposure in models/_exposures.yml names it")
    return None


@rule
def exposure_has_an_owner_of_the_list(exposure: Exposure) -> RuleViolation | None:
    """An exposure is labelled in Chinese and owned by a desk of seeds/data_owner.csv."""
    owner = exposure.config.get("meta", {}).get("owner")
    if owner not in owners() or exposure.owner.get("name") != owners()[owner]:
        return RuleViolation("owner is not that of seeds/data_owner.csv")
    if not _is_chinese(exposure.config["meta"]):
        return RuleViolation("no Chinese label_zh")
    return None


def _is_chinese(meta: dict) -> bool:
    return bool(re.search("[\u4e00-\u9fff]", meta.get("label_zh", "")))
