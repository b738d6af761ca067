"""A county branch's year: full build, one more day, file size and memory, by number of accounts.

    python -m bench.county --accounts 4000 40000 400000 [--days 365] [--workspaces state/county]

Each size is simulated and taken in once (kept for the next time: 400,000 accounts need 12 GB of
disk), then dbt builds and tests everything as of the day before the last, and the last day on top.
In the same run the account-month roll-up of the same files is made by one plain statement of
DuckDB, by Polars and by local Spark (`make spark-setup`), each in a process of its own.
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
from bench.__main__ import MODELS
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
        environment = {
            **os.environ,
            **workspace.environment(),
            **dbt.run_variables(plan, now),
            "DBT_TARGET_PATH": str(target),
        }
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
    found["roll_up_seconds"] = sum(s for s, name in found["slowest"] if name in MODELS)
    found["slowest"] = sorted(found["slowest"], reverse=True)[:12]
    return found


def landed(workspace: Workspace) -> tuple[int, int, float]:
    """Reads, all rows and GB of the landed Parquet files."""
    files = list(workspace.landing.rglob("*.parquet"))
    rows = {file: pq.read_metadata(file).num_rows for file in files}
    reads = sum(count for file, count in rows.items() if "daily_reads" in file.parts)
    return reads, sum(rows.values()), sum(file.stat().st_size for file in files) / 2**30


def roll_ups(workspace: Workspace, as_of: str) -> dict:
    """Seconds, peak MB and check of each contender; why one did not run."""
    spark = PROJECT / ".venv-spark" / "bin" / "python"
    pythons = {"duckdb": Path(sys.executable), "polars": Path(sys.executable), "spark": spark}
    found = {}
    for name, python in pythons.items():
        if not python.exists():
            found[name] = {"error": f"{python} is not there: make spark-setup"}
            continue
        command = [python, "-m", f"bench.rollup_{name}", workspace.raw, as_of]
        done = subprocess.run(list(map(str, command)), cwd=PROJECT, capture_output=True, text=True)
        if done.returncode:
            found[name] = {"error": (done.stdout + done.stderr)[-300:]}
        else:
            found[name] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(root: Path, accounts: int, days: int) -> dict:
    """Everything of one size."""
    workspace, intake = prepare(root, accounts, days)
    reads, rows, landed_gb = landed(workspace)
    shutil.rmtree(workspace.identity, ignore_errors=True)
    full = build(workspace, (END - timedelta(days=1)).isoformat(), True)
    size_gb = workspace.warehouse.stat().st_size / 2**30
    day = build(workspace, END.isoformat(), False)
    others = roll_ups(workspace, END.isoformat())
    return {
        "accounts": accounts, "reads": reads, "rows": rows, "landed_gb": landed_gb,
        "intake": intake, "full": full, "size_gb": size_gb, "day": day,
        "roll_ups": others,
    }  # fmt: skip


def table(sizes: list[dict]) -> str:
    """All sizes side by side, in Markdown; a dash where a contender did not run."""
    rows = {
        "daily reads": lambda f: f"{f['reads']:,}",
        "landed, GB": lambda f: f"{f['landed_gb']:.2f}",
        "full build and tests, s": lambda f: f"{f['full']['seconds']:.0f}",
        "customers resolved beside it, s": lambda f: f"{f['full']['identity_seconds']:.0f}",
        "peak memory, GB": lambda f: f"{max(f['full']['peak_gb'], f['day']['peak_gb']):.1f}",
        "warehouse, × landed": lambda f: f"{f['size_gb'] / f['landed_gb']:.1f}",
        "one more day, s": lambda f: f"{f['day']['seconds']:.0f}",
        "failed": lambda f: str(len(f["full"]["bad"]) + len(f["day"]["bad"])),
        "roll-up by Wattlead's models, s": lambda f: f"{f['full']['roll_up_seconds']:.1f}",
    }
    for name in ("duckdb", "polars", "spark"):
        rows[f"roll-up by plain {name}, s (GB)"] = lambda f, name=name: (
            "–" if "error" in f["roll_ups"][name] else
            f"{f['roll_ups'][name]['seconds']:.1f} ({f['roll_ups'][name]['peak_mb'] / 1024:.1f})"
        )  # fmt: skip
    lines = ["accounts | " + " | ".join(f"{f['accounts']:,}" for f in sizes)]
    lines += ["---|" + "---:|" * len(sizes)]
    lines += [f"{name} | " + " | ".join(of(f) for f in sizes) for name, of in rows.items()]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, nargs="+", default=[4000, 40_000])
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--workspaces", type=Path, default=PROJECT / "state" / "county")
    chosen = parser.parse_args()
    sizes = []
    for accounts in sorted(chosen.accounts):
        sizes.append(measure(chosen.workspaces / str(accounts), accounts, chosen.days))
        print(json.dumps(sizes[-1], indent=1), flush=True)
    print(table(sizes))


if __name__ == "__main__":
    main()
