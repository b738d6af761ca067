"""Runs whose process died: end them in Dagster's books, or they count as running for ever."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from orchestration import run_record
from orchestration.workspace import Workspace

# A run that the daemon just started has not signed yet.
_TIME_TO_SIGN = timedelta(minutes=10)
_UNFINISHED = dg.RunsFilter(
    statuses=[
        dg.DagsterRunStatus.STARTING,
        dg.DagsterRunStatus.STARTED,
        dg.DagsterRunStatus.CANCELING,
    ]
)


def sign(workspace: Workspace, run_id: str) -> None:
    """Note which process a run lives in, before anything that may wait or die."""
    path = _signature(workspace, run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"pid": os.getpid(), "born": _born(os.getpid())}))


def bury_dead_runs(workspace: Workspace) -> None:
    """Bury before a daemon starts: it would wait for the dead."""
    with dg.DagsterInstance.get() as instance:
        bury(workspace, instance)


def bury(workspace: Workspace, instance: dg.DagsterInstance) -> None:
    """End runs whose process is gone, write their incidents and free the slots they held.

    A run that lives, even one that waits for the workspace's lock, is left alone.
    """
    dead = [
        record for record in instance.get_run_records(_UNFINISHED) if _is_dead(workspace, record)
    ]
    for record in dead:
        run = record.dagster_run
        words = "its process ended without a word: killed, or the machine went down"
        instance.report_run_failed(run, words)
        day = run.tags.get("dagster/partition", "")
        run_record.record_incident(workspace, run.run_id, day, "unknown", words)
    alive = {record.dagster_run.run_id for record in instance.get_run_records(_UNFINISHED)}
    store = instance.event_log_storage
    for key in store.get_concurrency_keys():
        for run_id in set(store.get_concurrency_info(key).active_run_ids) - alive:
            store.free_concurrency_slots_for_run(run_id)
    for path in _signature(workspace, "").parent.glob("*.json"):
        if path.stem not in alive:
            path.unlink()


def _signature(workspace: Workspace, run_id: str) -> Path:
    return workspace.state / "processes" / f"{run_id}.json"


def _is_dead(workspace: Workspace, record: dg.RunRecord) -> bool:
    path = _signature(workspace, record.dagster_run.run_id)
    if not path.exists():
        created = record.create_timestamp
        created = created if created.tzinfo else created.replace(tzinfo=UTC)
        return datetime.now(UTC) - created > _TIME_TO_SIGN
    signed = json.loads(path.read_text())
    return _born(signed["pid"]) != signed["born"]


def _born(pid: int) -> str | None:
    """When a process started, as the system counts; None if there is none.

    A number alone can have been given to another process since.
    """
    try:
        # The name, in brackets, may hold blanks; the start is the 20th field after it.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        pass
    try:
        os.kill(pid, 0)
    except OSError:
        return None
    return "alive"
