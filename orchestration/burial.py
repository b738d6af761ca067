"""Runs whose process died: end them in Dagster's books, or they count as running for ever.

One such run fills the queue, which takes one run at a time, and holds the warehouse's slot. Dagster
itself can't tell: its run monitoring only ends runs that never started (workspace.py).
"""

import fcntl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from orchestration import run_record
from orchestration.workspace import Workspace

# A run signs some seconds after Dagster calls it started, before it waits for anything.
_TIME_TO_SIGN = timedelta(minutes=10)
_UNFINISHED = (
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)
_signed: dict[Path, object] = {}


def sign(workspace: Workspace, run_id: str) -> None:
    """Say that the run lives in this process: a lock of its own, which ends with the process.

    Process numbers are given again, even their start times after a restart; a lock can't outlive
    its process.
    """
    path = _signature(workspace, run_id)
    if path not in _signed:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a")
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _signed[path] = file


def bury_dead_runs(workspace: Workspace) -> None:
    """Bury before a daemon starts: it would wait for the dead for ever."""
    with dg.DagsterInstance.get() as instance:
        bury(workspace, instance)


def bury(workspace: Workspace, instance: dg.DagsterInstance) -> None:
    """End the runs whose process is gone, write their incidents, free the slots they held.

    A run that lives, also one that waits for its turn, is left alone.
    """
    signatures = list(_signature(workspace, "").parent.glob("*.lock"))
    for record in instance.get_run_records(dg.RunsFilter(statuses=list(_UNFINISHED))):
        run_id = record.dagster_run.run_id
        if not _is_dead(workspace, record):
            continue
        # Looked up again: it may have ended well since the list was made. Now nobody changes it.
        run = instance.get_run_by_id(run_id)
        if run is None or run.status not in _UNFINISHED:
            continue
        words = "its process ended without a word: killed, or the machine went down"
        instance.report_run_failed(run, words)
        day = run.tags.get("dagster/partition", "")
        run_record.record_incident(workspace, run_id, day, "unknown", words)
    store = instance.event_log_storage
    holders = store.get_concurrency_run_ids()
    for key in store.get_concurrency_keys():
        holders |= set(store.get_concurrency_info(key).active_run_ids)
    for run_id in holders:
        if _has_ended(instance, run_id):
            store.free_concurrency_slots_for_run(run_id)
    for path in signatures:
        if _has_ended(instance, path.stem):
            path.unlink(missing_ok=True)


def _signature(workspace: Workspace, run_id: str) -> Path:
    return workspace.state / "processes" / f"{run_id}.lock"


def _has_ended(instance: dg.DagsterInstance, run_id: str) -> bool:
    run = instance.get_run_by_id(run_id)
    return run is None or run.is_finished


def _is_dead(workspace: Workspace, record: dg.RunRecord) -> bool:
    try:
        with _signature(workspace, record.dagster_run.run_id).open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
    except FileNotFoundError:
        changed = record.update_timestamp
        changed = changed if changed.tzinfo else changed.replace(tzinfo=UTC)
        return datetime.now(UTC) - changed > _TIME_TO_SIGN
