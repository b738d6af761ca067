"""A county branch's year: full build, one more day, file size and memory, by number of accounts.

    python -m bench.county --accounts 4000 40000 400000 [--days 365] [--workspaces state/county]

Each size is simulated and taken in once (kept for the next time: 400,000 accounts need 12 GB of
disk), then dbt builds and tests everything as of the day before the last, and the last day on top.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq

import contract
from orchestration import change, dbt, identity
from orchestration.workspace import PROJECT, Workspace

END = date(2026, 6, 30)
BIN = Path(sys.executable).parent


def prepare(root: Path, accounts: int, days: int) -> tuple[Workspace, float]:
    """A simulated workspace whose files are taken in; seconds of intake (0 if it was done)."""
    workspace = Workspace.at(root)
    if not workspace.landing.exists():
        size = ["--accounts", accounts, "--days", days, "--end", END, "--seed", 1, "--dirt", 1]
        command = [BIN / "wattlead", "simulate", *size, "--out", workspace.landing]
        subprocess.run(list(map(str, command)), check=True, stderr=subprocess.DEVNULL)
    workspace.prepare()
    started = time.perf_counter()
    new = contract.intake(contract.load(PROJECT / "models"), workspace.landing, workspace.raw)
    return workspace, time.perf_counter() - started if new else 0.0


def build(workspace: Workspace, as_of: str, is_full: bool) -> dict:
    """dbt's part of the job up to the scores, tests included: seconds, peak GB, what failed."""
    now = change.seen(workspace, as_of)
    plan = change.plan(*change.last_seen(workspace), now)
    if is_full:
        workspace.warehouse.unlink(missing_ok=True)
        plan = change.Plan(True, change.EVERYTHING, "asked for")
    arguments = [dbt._EXECUTABLE, "--quiet", *dbt.build_arguments(plan, now, "duckdb")]
    arguments += ["--profiles-dir", PROJECT]
    peak_file = workspace.state / "peak"
    change.start(workspace, now)
    phases = {"before": ["--select", dbt.BEFORE_IDENTITY]}
    phases["facts"] = ["--exclude", dbt.BEFORE_IDENTITY, dbt.AFTER_SCORING]
    found = {"seconds": 0.0, "peak_gb": 0.0, "slowest": [], "bad": []}
    for phase, select in phases.items():
        target = workspace.state / "bench" / phase
        environment = {**os.environ, **workspace.environment(), "DBT_TARGET_PATH": str(target)}
        started = time.perf_counter()
        command = [sys.executable, "-m", "bench.peak", peak_file, *arguments, *select]
        done = subprocess.run(
            list(map(str, command)), cwd=PROJECT, env=environment, capture_output=True, text=True
        )
        found["seconds"] += time.perf_counter() - started
        found["peak_gb"] = max(found["peak_gb"], float(peak_file.read_text()) / 1024)
        results = json.loads((target / "run_results.json").read_text())["results"]
        found["slowest"] += [(r["execution_time"], r["unique_id"].split(".")[2]) for r in results]
        found["bad"] += [
            f"{r['unique_id'].split('.')[2]}: {r['message'][:300]}"
            for r in results
            if r["status"] in ("fail", "error", "runtime error")
        ]
        if done.returncode and not found["bad"]:
            sys.exit(done.stdout + done.stderr)
        if phase == "before":
            started = time.perf_counter()
            identity.resolve(workspace, as_of)
            found["identity_seconds"] = time.perf_counter() - started
    if not found["bad"]:
        change.finish(workspace, now)
    found["slowest"] = sorted(found["slowest"], reverse=True)[:12]
    return found


def landed(workspace: Workspace) -> tuple[int, int, float]:
    """Reads, all rows and GB of the landed Parquet files."""
    files = list(workspace.landing.rglob("*.parquet"))
    rows = {file: pq.read_metadata(file).num_rows for file in files}
    reads = sum(count for file, count in rows.items() if "daily_reads" in file.parts)
    return reads, sum(rows.values()), sum(file.stat().st_size for file in files) / 2**30


def measure(root: Path, accounts: int, days: int) -> dict:
    """Everything of one size."""
    workspace, intake = prepare(root, accounts, days)
    reads, rows, landed_gb = landed(workspace)
    shutil.rmtree(workspace.identity, ignore_errors=True)
    full = build(workspace, (END - timedelta(days=1)).isoformat(), True)
    size_gb = workspace.warehouse.stat().st_size / 2**30
    day = build(workspace, END.isoformat(), False)
    return {
        "accounts": accounts, "reads": reads, "rows": rows, "landed_gb": landed_gb,
        "intake": intake, "full": full, "size_gb": size_gb, "day": day,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, nargs="+", default=[4000, 40_000])
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--workspaces", type=Path, default=PROJECT / "state" / "county")
    chosen = parser.parse_args()
    for accounts in sorted(chosen.accounts):
        found = measure(chosen.workspaces / str(accounts), accounts, chosen.days)
        print(json.dumps(found, indent=1), flush=True)


if __name__ == "__main__":
    main()
