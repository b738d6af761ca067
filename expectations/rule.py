"""What a suite is made of: rules, each one expectation of Great Expectations with its meaning.

A rule looks at ``rows`` (the rows that will be scored or published) or at ``facts`` (one row of
figures about the table as a whole). Values leave the warehouse only as counts, figures and keys.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from expectations.result import Severity


@dataclass(frozen=True)
class Rule:
    """One check before it has run.

    ``expectation`` names a class of ``great_expectations.expectations`` and ``arguments`` are its
    keywords. ``culprits`` is a SELECT of the key columns of the rows behind a failure, for rules
    where Great Expectations does not tell them.
    """

    name: str
    owner: str
    column: str | None
    severity: Severity
    expected: str
    description_en: str
    description_zh: str
    expectation: str
    arguments: dict[str, Any]
    on: Literal["rows", "facts"] = "rows"
    culprits: str | None = None


@dataclass(frozen=True)
class Suite:
    """A gated table: SELECTs for ``rows`` and ``facts`` (one row), the key of a row, the rules."""

    name: str
    table: str
    key: tuple[str, ...]
    rows: str
    facts: str
    rules: list[Rule] = field(default_factory=list)


def _span(column: str, low: float | None, high: float | None) -> str:
    if low == high:
        return f"{column} = {low}"
    left = "" if low is None else f"{low:.4g} ≤ "
    right = "" if high is None else f" ≤ {high:.4g}"
    return f"{left}{column}{right}"


def column_between(
    name: str,
    owner: str,
    severity: Severity,
    column: str,
    low: float | None,
    high: float | None,
    en: str,
    zh: str,
    mostly: float = 1,
) -> Rule:
    """Values of a column lie in low..high in at least the share ``mostly`` of rows; null passes."""
    share = "" if mostly == 1 else f" in at least {mostly * 100:g} % of rows"
    return Rule(
        name,
        owner,
        column,
        severity,
        _span(column, low, high) + share,
        en,
        zh,
        "ExpectColumnValuesToBeBetween",
        {"column": column, "min_value": low, "max_value": high, "mostly": mostly},
    )


def column_given(name: str, owner: str, severity: Severity, column: str, en: str, zh: str) -> Rule:
    """A column is never null."""
    return Rule(
        name,
        owner,
        column,
        severity,
        f"{column} is never null",
        en,
        zh,
        "ExpectColumnValuesToNotBeNull",
        {"column": column},
    )


def no_row(
    name: str,
    owner: str,
    severity: Severity,
    column: str | None,
    key: tuple[str, ...],
    condition: str,
    expected: str,
    en: str,
    zh: str,
) -> Rule:
    """No row meets ``condition``, the SQL that follows the FROM clause (where or group by)."""
    query = f"select {', '.join(key)} from {{batch}} {condition}"
    return Rule(
        name,
        owner,
        column,
        severity,
        expected,
        en,
        zh,
        "UnexpectedRowsExpectation",
        {"unexpected_rows_query": query},
        culprits=query,
    )


def fact_between(
    name: str,
    owner: str,
    severity: Severity,
    fact: str,
    low: float | None,
    high: float | None,
    en: str,
    zh: str,
    culprits: str | None = None,
    column: str | None = None,
) -> Rule:
    """A figure of ``facts`` lies in low..high; a null figure fails."""
    return Rule(
        name,
        owner,
        column,
        severity,
        _span(fact, low, high),
        en,
        zh,
        "ExpectColumnMaxToBeBetween",
        {"column": fact, "min_value": low, "max_value": high},
        on="facts",
        culprits=culprits,
    )
