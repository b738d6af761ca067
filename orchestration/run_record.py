"""What a run says of itself: its figures, its checks, and incidents when it failed."""

import json
import os
import platform
import resource
import shutil
import subprocess
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa

from orchestration import run_tables
from orchestration.workspace import PROJECT, Workspace

KEPT_CHECKS = 30


def checks_folder(workspace: Workspace, run_id: str) -> Path:
    """Where a run's checks are noted: each run has its own, for incidents are written later."""
    folder = workspace.checks / run_id
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def forget_old_checks(workspace: Workspace) -> None:
    """Remove what all but the newest runs' checks said."""
    folders = [path for path in workspace.checks.iterdir() if path.is_dir()]
    for old in sorted(folders, key=lambda path: path.stat().st_mtime)[:-KEPT_CHECKS]:
        shutil.rmtree(old)


def latest_run(workspace: Workspace) -> str | None:
    """The run that noted checks last."""
    folders = [path for path in workspace.checks.glob("*") if path.is_dir()]
    return max(folders, key=lambda path: path.stat().st_mtime).name if folders else None


def checks(workspace: Workspace, run_id: str) -> list[dict]:
    """All checks of a run, gates first; dbt tests only where they failed or warned."""
    found = []
    folder = workspace.checks / run_id
    for path in sorted(folder.glob("gate_*.json")):
        gate = json.loads(path.read_text(encoding="utf-8"))
        for check in gate["checks"]:
            found.append(
                {
                    "run_id": run_id,
                    "gate": path.stem,
                    "table_name": gate["table"],
                    "check_name": check["name"],
                    "owner": check["owner"],
                    "severity": check["severity"],
                    "is_passed": check["passed"],
                    "observed": check["observed"],
                    "expected": check["expected"],
                    "failing_rows": check["failing_count"],
                    "failing_keys": json.dumps(check["failing_keys"], ensure_ascii=False),
                    "description_en": check["description_en"],
                    "description_zh": check["description_zh"],
                }
            )
    for path in sorted(folder.glob("dbt_*.json")):
        for test in json.loads(path.read_text(encoding="utf-8")):
            found.append(
                {
                    "run_id": run_id,
                    "gate": path.stem,
                    "table_name": test["table"],
                    "check_name": test["name"],
                    "owner": test["owner"],
                    "severity": test["severity"],
                    "is_passed": False,
                    "observed": test["message"],
                    "expected": "no row",
                    "failing_rows": test["failures"],
                    "failing_keys": "[]",
                    "description_en": test.get("description_en", "dbt test"),
                    "description_zh": test.get("description_zh", "dbt 测试"),
                }
            )
    return found


def metadata(
    workspace: Workspace, run_id: str, as_of: str, started: datetime
) -> dict[str, pa.Table]:
    """The tables run, run_check and incident of this publish."""
    now = datetime.now()
    run = {
        "run_id": run_id,
        "as_of_date": date.fromisoformat(as_of),
        "started_at": started,
        "published_at": now,
        "wall_seconds": round((now - started).total_seconds(), 1),
        "peak_memory_mb": round(peak_memory_mb(), 1),
        "code_version": _code_version(),
        "software": json.dumps(
            {"python": platform.python_version()}
            | {name: version(name) for name in ("duckdb", "dbt-core", "dagster", "scikit-learn")}
        ),
    }
    incidents = [
        {
            **incident,
            "as_of_date": date.fromisoformat(incident["as_of_date"])
            if incident["as_of_date"]
            else None,
            "happened_at": datetime.fromisoformat(incident["happened_at"]),
            "failed_checks": json.dumps(incident["failed_checks"], ensure_ascii=False),
        }
        for incident in incidents_of(workspace)
    ]
    return {
        "run": pa.Table.from_pylist([run], schema=run_tables.RUN),
        "run_check": pa.Table.from_pylist(checks(workspace, run_id), schema=run_tables.CHECK),
        "incident": pa.Table.from_pylist(incidents, schema=run_tables.INCIDENT),
    }


def peak_memory_mb() -> float:
    """Peak resident memory of this process or of its largest ended child."""
    kilobytes = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return kilobytes / 1024


def record_incident(workspace: Workspace, run_id: str, as_of: str, step: str, message: str) -> Path:
    """Write what stopped a run, once: the command line and Dagster's sensor may both tell."""
    path = workspace.incidents / f"{run_id}.json"
    if path.exists():
        return path
    failed = [
        {
            "table": check["table_name"],
            "check": check["check_name"],
            "owner": check["owner"],
            "observed": check["observed"],
            "failing_rows": check["failing_rows"],
            "keys": json.loads(check["failing_keys"]),
        }
        for check in checks(workspace, run_id)
        if not check["is_passed"] and check["severity"] == "block"
    ]
    incident = {
        "run_id": run_id,
        "as_of_date": as_of,
        "happened_at": datetime.now().isoformat(timespec="seconds"),
        "step": step,
        "message": message[:2000],
        "failed_checks": failed,
    }
    workspace.incidents.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(json.dumps(incident, ensure_ascii=False, indent=1), encoding="utf-8")
    os.replace(unfinished, path)
    return path


def incidents_of(workspace: Workspace) -> list[dict]:
    """All incidents of the workspace, oldest first."""
    found = [json.loads(path.read_text()) for path in workspace.incidents.glob("*.json")]
    return sorted(found, key=lambda incident: (incident["happened_at"], incident["run_id"]))


def _code_version() -> str | None:
    """The Git commit of the project; null outside a clone."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None
