"""Every tag has a rule, every rule is tested, and a changed rule turns a case red.

``tag_cases.csv`` states for each rule accounts' months of which it holds and others of which it
does not, by the columns that it reads. It names thresholds, so a branch may set them as it likes.
"""

import re
from collections import Counter

import pytest
import sqlglot
from sqlglot import exp

from tests.models import tag_rules

LIBRARY = {row["tag_code"]: row for row in tag_rules.rows(tag_rules.ROOT / "seeds/tag_library.csv")}
RULES = {rule[0]: rule for rule in [*tag_rules.rules(), *tag_rules.model_rules()]}
CASES = tag_rules.rows(tag_rules.CASES)
HOLDS = {"true": True, "false": False}


@pytest.fixture(scope="module")
def account_months():
    return tag_rules.Rows()


def cases(code: str) -> list[dict]:
    return [row for row in CASES if row["tag_code"] == code]


def test_the_library_has_all_categories_and_no_tag_twice():
    categories = {
        row["category"] for row in tag_rules.rows(tag_rules.ROOT / "seeds/tag_category.csv")
    }
    assert len(categories) == 12
    assert {row["category"] for row in LIBRARY.values()} == categories
    assert len(LIBRARY) >= 120
    counted = Counter(rule[0] for rule in [*tag_rules.rules(), *tag_rules.model_rules()])
    assert set(counted.values()) == {1}


def test_every_tag_has_a_rule_and_every_rule_a_tag():
    by_model = {rule[0] for rule in tag_rules.model_rules()}
    assert set(RULES) == set(LIBRARY)
    assert by_model == {code for code, row in LIBRARY.items() if row["basis"] == "model"}


def test_every_rule_has_a_case_that_holds_and_one_that_does_not():
    tested = {(row["tag_code"], row["holds"]) for row in CASES}
    assert tested == {(code, holds) for code in RULES for holds in HOLDS}


@pytest.mark.parametrize("code", RULES)
def test_a_rule_says_what_its_cases_state(code, account_months):
    stated = cases(code)
    said = account_months.say([RULES[code]], [row["case"] for row in stated])
    wrong = [
        row["case"]
        for row, (holds,) in zip(stated, said, strict=True)
        if holds is not HOLDS[row["holds"]]
    ]
    assert not wrong


@pytest.mark.parametrize("code", RULES)
def test_outside_its_scope_a_tag_is_neither_true_nor_false(code, account_months):
    holding = next(row for row in cases(code) if row["holds"] == "true")
    scope = holding["applies_to"]
    outside = {
        "any": [],
        "open": ["is_closed=true"],
        "home": ["is_closed=true", "category='commercial'"],
        "business": ["is_closed=true", "category='residential'"],
        "scored": ["segment_id=null"],
    }
    assert scope == RULES[code][1]
    # What comes later in a case holds.
    for change in outside[scope]:
        assert account_months.say([RULES[code]], [f"{holding['case']}; {change}"]) == [(None,)]


def mutants(rule: str) -> set[str]:
    """The rule with one comparison moved or turned, or one of its conditions gone."""
    tree = sqlglot.parse_one(rule, dialect="duckdb")
    turned = {
        exp.GTE: [exp.GT, exp.LT],
        exp.GT: [exp.GTE, exp.LT],
        exp.LTE: [exp.LT, exp.GT],
        exp.LT: [exp.LTE, exp.GT],
        exp.EQ: [exp.NEQ],
    }
    found = set()
    for place, node in enumerate(tree.walk()):
        others = [
            kind(this=node.this, expression=node.expression) for kind in turned.get(type(node), [])
        ]
        if isinstance(node, (exp.And, exp.Or)):
            swapped = exp.Or if isinstance(node, exp.And) else exp.And
            others = [node.left, node.right, swapped(this=node.left, expression=node.right)]
        elif isinstance(node, (exp.Not, exp.Neg)):
            others = [node.this]
        elif isinstance(node, exp.Column) and isinstance(
            node.parent, (exp.And, exp.Or, type(None))
        ):
            others = [exp.Not(this=node)]
        elif isinstance(node, exp.Literal) and node.is_string:
            others = [exp.Literal.string("other")] * (not isinstance(node.parent, exp.Anonymous))
        for other in others:
            copy = tree.copy()
            target = list(copy.walk())[place]
            other = other.copy()
            if target is copy:
                copy = other
            else:
                target.replace(exp.Paren(this=other) if isinstance(other, exp.Connector) else other)
            found.add(copy.sql(dialect="duckdb").replace("THRESHOLD(", "threshold("))
    return found


@pytest.mark.parametrize("code", RULES)
def test_a_mutated_rule_turns_a_case_red(code, account_months):
    _, scope, rule = RULES[code]
    mutated = sorted(mutants(rule))
    assert mutated
    stated = cases(code)
    said = account_months.say(
        [(code, scope, rule), *((code, scope, other) for other in mutated)],
        [row["case"] for row in stated],
    )
    survived = [
        other
        for place, other in enumerate(mutated, 1)
        if all((row[place] is True) is (row[0] is True) for row in said)
    ]
    assert not survived


@pytest.mark.parametrize("code", RULES)
def test_a_rule_reads_known_columns_in_portable_words(code):
    tree = sqlglot.parse_one(RULES[code][2], dialect="duckdb")
    assert {column.name for column in tree.find_all(exp.Column)} <= set(tag_rules.inputs())
    functions = {
        node.sql_name() if not isinstance(node, exp.Anonymous) else node.name.lower()
        for node in tree.find_all(exp.Func)
        if not isinstance(node, exp.Connector)
    }
    assert functions <= {"threshold", "COALESCE"}
    assert "::" not in RULES[code][2]


def test_who_owes_is_not_sold_to():
    """Beside the categories' forbidden uses: no tag for sales asks for arrears or suspicion."""
    asks = re.compile(
        r"arrears|overdue|disconnect|collection_|tamper|findings|complaints_3m|recovered"
    )
    # That nothing is owed may be asked, and that it is little.
    harmless = {"good_customer", "autopay_potential"}
    asking = {
        code
        for code, row in LIBRARY.items()
        if "marketing" in row["permitted_use"] and asks.search(RULES[code][2])
    }
    assert asking == harmless
