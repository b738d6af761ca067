"""What a gate reports: plain values, free of Great Expectations and of personal data."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["block", "warn"]


@dataclass(frozen=True)
class Check:
    """The outcome of one check.

    ``owner`` is a code of seeds/data_owner.csv. ``failing_count`` counts the rows behind a failure
    (None where a check is about the table as a whole, or could not run), ``failing_keys`` holds the
    keys of at most 20 of them. A check may pass with failing rows, where a small share is allowed.
    """

    name: str
    owner: str
    column: str | None
    passed: bool
    severity: Severity
    observed: str
    expected: str
    failing_count: int | None
    failing_keys: list[dict[str, str | None]]
    description_en: str
    description_zh: str


@dataclass(frozen=True)
class GateResult:
    """All checks of one suite.

    ``passed`` is False only if a check of severity 'block' failed; ``rows`` counts the rows of the
    table that were looked at.
    """

    passed: bool
    suite: str
    table: str
    rows: int
    checks: list[Check]
