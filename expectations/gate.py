"""`validate`: run one suite in the warehouse and report it. Nothing but figures and keys is read.

Every metric is SQL on a query asset; no table becomes a data frame. The warehouse is open
(read-only) only while a suite runs, so that dbt can write again right after.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from expectations.result import Check, GateResult
from expectations.rule import Rule, Suite
from expectations.suites import account_month, account_risk, lead_candidates, leads, segments

SUITES = {
    "account_month": account_month,
    "account_risk": account_risk,
    "lead_candidates": lead_candidates,
    "leads": leads,
    "segments": segments,
}
_KEYS = 20


def validate(
    warehouse: Path, suite_name: str, params: Mapping[str, date | str], context_dir: Path
) -> GateResult:
    """Check one gated table.

    Args:
        warehouse: DuckDB file; opened read-only.
        suite_name: a name of SUITES.
        params: 'feature_month' (first day of the month whose features are scored) and 'as_of_date'
            (business date of the run), dates or ISO text.
        context_dir: folder for Great Expectations' own files (made if absent): the last 10 runs and
            the Data Docs, ``uncommitted/data_docs/local_site/index.html``.

    Returns:
        One check per rule of the suite. A check that could not be evaluated counts as failed.

    Raises:
        FileNotFoundError: there is no warehouse.
        ValueError: unknown suite, or a parameter is missing or no date.
    """
    if suite_name not in SUITES:
        raise ValueError(f"No suite {suite_name!r}; there are: {', '.join(SUITES)}.")
    if not Path(warehouse).is_file():
        raise FileNotFoundError(f"No warehouse at {warehouse}; run the dbt build first.")
    feature_month = _day(params, "feature_month").replace(day=1)
    suite = SUITES[suite_name].build(feature_month, _day(params, "as_of_date"))

    from expectations import runner

    with runner.open_warehouse(Path(warehouse)) as query:
        results = runner.run(Path(warehouse), suite, Path(context_dir))
        checks = [_check(rule, suite, results[rule.name], query) for rule in suite.rules]
        rows = _count(query, suite.rows) or 0
    passed = all(check.passed or check.severity == "warn" for check in checks)
    return GateResult(passed, suite_name, suite.table, rows, checks)


def _day(params: Mapping[str, date | str], name: str) -> date:
    """A parameter as a date; SQL is built from dates only."""
    value = params.get(name)
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        message = f"Parameter {name!r} must be a date (YYYY-MM-DD), got {value!r}."
        raise ValueError(message) from None


def _check(rule: Rule, suite: Suite, result: Any, query: Any) -> Check:
    """One rule with what Great Expectations found and, if it failed, the rows behind it."""
    found = result.result or {}
    count, keys = found.get("unexpected_count"), _keys(found)
    if result.exception_info.get("raised_exception"):
        observed = f"could not be checked: {result.exception_info['exception_message']}"
    elif rule.on == "facts":
        observed = _figure(found.get("observed_value"))
        if rule.culprits and not result.success:
            count, keys = _count(query, rule.culprits), query(rule.culprits, _KEYS)
    else:
        if rule.culprits:
            count = found["observed_value"]
            batch = rule.culprits.replace("{batch}", f"({suite.rows})")
            keys = query(batch, _KEYS) if count else []
        observed = f"{count} rows fail"
    return Check(
        name=rule.name,
        owner=rule.owner,
        column=rule.column,
        passed=bool(result.success),
        severity=rule.severity,
        observed=observed,
        expected=rule.expected,
        failing_count=count,
        failing_keys=[{k: None if v is None else str(v) for k, v in key.items()} for key in keys],
        description_en=rule.description_en,
        description_zh=rule.description_zh,
    )


def _keys(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The keys Great Expectations gives as {column: [values]}, as one dict a row."""
    return [
        dict(zip(columns, values, strict=True))
        for columns in found.get("partial_unexpected_index_list") or []
        for values in zip(*columns.values(), strict=True)
    ][:_KEYS]


def _figure(value: Any) -> str:
    return "no value" if value is None else f"{value:.4g}"


def _count(query: Any, sql: str) -> int | None:
    """Rows of a SELECT; None if it can't run (its check has failed with the reason by then)."""
    counted = query(f"select count(*) as counted from ({sql})", 1)
    return counted[0]["counted"] if counted else None
