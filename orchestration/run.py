"""Run the job from the command line: the same job that Dagster schedules, in this process."""

import logging
import sys
import time
import warnings
from datetime import datetime

import dagster as dg

from orchestration import burial, run_record
from orchestration.definitions import JOB, build
from orchestration.lock import exclusive
from orchestration.workspace import Workspace


class RunFailed(RuntimeError):
    """The job stopped; the message says at which step, why, and where to look."""


def run(
    workspace: Workspace, as_of: str, full_refresh: bool = False, target: str = "duckdb"
) -> str:
    """Run the daily job for ``as_of`` (YYYY-MM-DD); gives the run's id.

    Raises ``WorkspaceBusy`` when another run is under way, ``RunFailed`` when a step or a data
    check failed; then nothing was published and an incident was written.
    """
    _quiet()
    workspace.prepare()
    with exclusive(workspace.lock):
        definitions = build(workspace)
        with dg.DagsterInstance.get() as instance:
            burial.bury(workspace, instance)
            started = time.monotonic()
            result = definitions.resolve_job_def(JOB).execute_in_process(
                instance=instance,
                partition_key=as_of,
                raise_on_error=False,
                tags={
                    "wattlead/full_refresh": str(full_refresh).lower(),
                    "wattlead/target": target,
                },
            )
            step, message = _what_failed(workspace, result)
            if message:
                path = run_record.record_incident(workspace, result.run_id, as_of, step, message)
                raise RunFailed(
                    f"stopped at {step}: {message}\nNothing was published; incident: {path}"
                )
    seconds = time.monotonic() - started
    memory = run_record.peak_memory_mb()
    print(f"done in {seconds:.1f} s, peak memory {memory:,.0f} MB", file=sys.stderr)
    return result.run_id


def _quiet() -> None:
    """Our own progress says what a person needs; the rest is in Dagster's and dbt's logs."""
    warnings.filterwarnings("ignore", module="dagster.*")
    for name in ("dagster", "dagster_dbt", "great_expectations"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _what_failed(workspace: Workspace, result) -> tuple[str, str]:
    """Step and plain words of what stopped the run; empty when all went well."""
    failed = [
        check
        for check in run_record.checks(workspace, result.run_id)
        if not check["is_passed"] and check["severity"] == "block"
    ]
    if failed:
        return failed[0]["gate"], _explain(workspace, failed)
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            while error.cause:
                error = error.cause
            failure = event.step_failure_data.user_failure_data
            words = failure.description if failure and failure.description else error.message
            return event.step_key, words.strip()
    if not result.success:
        return "the job", f"Dagster ended it as failed at {datetime.now():%H:%M:%S}"
    return "", ""


def _explain(workspace: Workspace, failed: list[dict]) -> str:
    """What a steward and an engineer need: table, check, owner, rows' keys, where to look."""
    lines = [f"{len(failed)} checks failed:"]
    for check in failed:
        lines.append(
            f"  {check['table_name']}: {check['check_name']} – {check['description_en']}\n"
            f"    found: {check['observed']}; expected: {check['expected']}; "
            f"owner: {check['owner']}"
        )
        if check["failing_keys"] != "[]":
            count = check["failing_rows"]
            lines.append(f"    {count} rows, the first keys: {check['failing_keys']}")
    if any(check["gate"].startswith("dbt") for check in failed):
        lines.append(
            f"  dbt's words: {workspace.logs / 'dbt.txt'}; SQL of the tests, to see the rows: "
            f"{workspace.state / 'dbt' / 'run' / 'compiled'}"
        )
    return "\n".join(lines)
