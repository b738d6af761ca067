"""Great Expectations, held at arm's length: the context, one run, its record and the Data Docs.

Nothing leaves the machine: analytics, progress bars and logging are off, and the Data Docs lose
every reference to another host (as shipped, they load scripts and a counting logo when opened).
"""

import fcntl
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import great_expectations as gx
import sqlalchemy as sa
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.data_context.types.resource_identifiers import (
    ExpectationSuiteIdentifier,
    ValidationResultIdentifier,
)

from expectations.dialect import read_only_url
from expectations.errors import error_text
from expectations.rule import Suite

KEPT_RUNS = 10
# Data Docs print unexpected values; keys are enough to find a row, and never personal.
_RESULT_FORMAT = {
    "result_format": "SUMMARY",
    "partial_unexpected_count": 20,
    "exclude_unexpected_values": True,
    "return_unexpected_index_query": False,
}
_SEVERITY = {"block": "critical", "warn": "warning"}
_FOREIGN_TAG = re.compile(
    r"<script[^>]*\bsrc=\"https?:[^>]*>\s*</script>|<(?:link|img|iframe)\b[^>]*\"https?:[^>]*>"
)
_FOREIGN_URL = re.compile(r"https?://(?!www\.w3\.org/)[^\s\"'<>)]*")
_STYLE = (
    "<style>body{font-family:sans-serif;margin:2em}table{border-collapse:collapse}"
    "td,th{border:1px solid #ccc;padding:.3em .6em;vertical-align:top}.modal{display:none}</style>"
)

logging.getLogger("great_expectations").setLevel(logging.CRITICAL + 1)


@contextmanager
def open_warehouse(warehouse: Path) -> Iterator[Callable[[str, int], list[dict[str, Any]]]]:
    """A function (SELECT, limit) → rows as dicts; [] if the SELECT can't run."""
    engine = sa.create_engine(read_only_url(warehouse))

    def query(sql: str, limit: int) -> list[dict[str, Any]]:
        try:
            with engine.connect() as connection:
                text = f"select * from ({sql}) order by all limit {int(limit)}"
                return [dict(row) for row in connection.exec_driver_sql(text).mappings()]
        except sa.exc.SQLAlchemyError:
            return []

    try:
        # One connection stays open meanwhile: the others share its open file, and are cheap.
        with engine.connect():
            yield query
    finally:
        engine.dispose()


def run(warehouse: Path, suite: Suite, context_dir: Path) -> dict[str, Any]:
    """Validate ``suite``; returns Great Expectations' result by rule name, errors made harmless."""
    context_dir.mkdir(parents=True, exist_ok=True)
    results = {}
    with (context_dir / ".lock").open("w") as lock:
        # Two gates may run at once, and the context's files have no lock of their own.
        fcntl.flock(lock, fcntl.LOCK_EX)
        context = _context(context_dir)
        source = context.data_sources.add_or_update_sql(
            name="warehouse", connection_string=read_only_url(warehouse), create_temp_table=False
        )
        run_id = RunIdentifier(run_name=suite.name, run_time=datetime.now(UTC))
        try:
            for part in ("rows", "facts"):
                asset = source.add_query_asset(f"{suite.name}_{part}", query=getattr(suite, part))
                batch = asset.add_batch_definition_whole_table(part).get_batch()
                outcome = batch.validate(
                    _suite(suite, part),
                    result_format={
                        **_RESULT_FORMAT,
                        "unexpected_index_column_names": list(suite.key if part == "rows" else ()),
                    },
                )
                for result in outcome.results:
                    result.exception_info = _harmless(result.exception_info)
                    results[result.expectation_config.meta["name"]] = result
                _record(context, outcome, run_id, batch.id)
        finally:
            source.get_execution_engine().close()
        _forget_old_runs(context)
        context.build_data_docs()
        _cut_off(context_dir / "uncommitted" / "data_docs")
    return results


def _context(context_dir: Path) -> Any:
    context = gx.get_context(mode="file", context_root_dir=context_dir)
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    context.variables.save()
    return context


def _suite(suite: Suite, part: str) -> Any:
    """The rules of one part as an expectation suite; names and owners show in the Data Docs."""
    return gx.ExpectationSuite(
        name=f"{suite.name}_{part}",
        expectations=[
            getattr(gx.expectations, rule.expectation)(
                **rule.arguments,
                severity=_SEVERITY[rule.severity],
                meta={"name": rule.name, "owner": rule.owner},
                description=f"{rule.name} ({rule.owner}): {rule.expected}. "
                f"{rule.description_en} {rule.description_zh}",
            )
            for rule in suite.rules
            if rule.on == part
        ],
    )


def _harmless(info: Mapping[str, Any]) -> dict[str, Any]:
    """Exception info without traceback and values; it is stored and shown in the Data Docs."""
    if info.get("raised_exception") is False:
        return dict(info)
    return {
        "raised_exception": True,
        "exception_message": error_text(info),
        "exception_traceback": None,
    }


def _record(context: Any, outcome: Any, run_id: RunIdentifier, batch_id: str) -> None:
    outcome.meta["run_id"] = run_id
    outcome.meta["validation_time"] = run_id.run_time
    key = ValidationResultIdentifier(
        expectation_suite_identifier=ExpectationSuiteIdentifier(outcome.suite_name),
        run_id=run_id,
        batch_identifier=batch_id,
    )
    context.validation_results_store.set(key, outcome)


def _forget_old_runs(context: Any) -> None:
    store = context.validation_results_store
    keys = store.list_keys()
    kept = sorted({key.run_id.run_time for key in keys})[-KEPT_RUNS:]
    for key in keys:
        if key.run_id.run_time not in kept:
            store.remove_key(key)


def _cut_off(site: Path) -> None:
    """Take every reference to another host out of the pages."""
    for page in site.rglob("*.html"):
        text = _FOREIGN_TAG.sub("", page.read_text(encoding="utf-8"))
        text = _FOREIGN_URL.sub("#", text).replace("</head>", _STYLE + "</head>", 1)
        page.write_text(text, encoding="utf-8")
    for sheet in site.rglob("*.css"):
        sheet.write_text(_FOREIGN_URL.sub("", sheet.read_text(encoding="utf-8")), encoding="utf-8")
