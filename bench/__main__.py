"""Run every contender in a process of its own and print seconds, memory and ratios."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
# What turns reads into months: as `bench.county` counts it too.
MODELS = [
    "rep_ami__daily_reads",
    "int_usage__month_change",
    "int_usage__known_month",
    "int_usage__month_level",
    "int_usage__retold_month",
    "int_usage__month_retold",
    "fct_account_month",
]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--workspace", type=Path, default=ROOT / "london")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    raw = arguments.workspace.resolve() / "state" / "raw"
    if not (raw / "ami" / "daily_reads").is_dir():
        sys.exit(f"{raw} has no reads: run `make london` first, or name another --workspace")
    contenders = {
        "raw scan, DuckDB: sum of one column": [sys.executable, "-m", "bench.raw_scan", raw],
        "raw scan, pandas: read and sum": [sys.executable, "-m", "bench.pandas_scan", raw],
        "pandas: account-day flags and account-month": [
            sys.executable,
            "-m",
            "bench.by_pandas",
            raw,
        ],
    }
    results = {name: best(command, arguments.repeat) for name, command in contenders.items()}
    results["Wattlead: the same by dbt, start-up included"] = wattlead(raw, arguments.repeat)
    floor = results["raw scan, DuckDB: sum of one column"]["seconds"]
    print(f"{'':52}{'seconds':>9}{'x scan':>8}{'peak MB':>9}  check")
    for name, result in results.items():
        print(
            f"{name:52}{result['seconds']:9.2f}{result['seconds'] / floor:8.1f}"
            f"{result['peak_mb']:9.0f}  {result['check']}"
        )
    checks = {r["check"] for n, r in results.items() if "account-month" in n or "dbt" in n}
    if len(checks) != 1:
        sys.exit("the contenders don't agree on usable days and energy: the comparison is void")


def best(command: list, repeat: int) -> dict:
    """The fastest of ``repeat`` runs; each prints one JSON line with what it measured."""
    runs = []
    for _ in range(repeat):
        done = subprocess.run(
            [str(part) for part in command], cwd=ROOT, capture_output=True, text=True
        )
        if done.returncode:
            sys.exit(done.stdout + done.stderr)
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    return min(runs, key=lambda run: run["seconds"])


def wattlead(raw: Path, repeat: int) -> dict:
    """The project's own models on the same raw files, in a scratch state folder."""
    with tempfile.TemporaryDirectory(
        dir=ROOT / "state" if (ROOT / "state").is_dir() else None
    ) as folder:
        state = Path(folder)
        # Customers were resolved by the run that made the workspace; that is no part of a month.
        for name in ("raw", "identity"):
            (state / name).symlink_to(raw.with_name(name))
        environment = {
            **os.environ,
            "WATTLEAD_STATE": str(state),
            "DBT_TARGET_PATH": str(state / "dbt"),
        }
        dbt = [Path(sys.executable).with_name("dbt"), "--quiet"]
        common = ["--profiles-dir", ROOT, "--project-dir", ROOT]
        first = ["+" + model for model in MODELS]
        prepare = [
            *dbt,
            "build",
            *common,
            "--resource-type",
            "model",
            "--resource-type",
            "seed",
            "--select",
            *first,
        ]
        subprocess.run([str(p) for p in prepare], env=environment, cwd=ROOT, check=True)
        runs = []
        for _ in range(repeat):
            started = time.perf_counter()
            command = [*dbt, "run", *common, "--select", *MODELS]
            subprocess.run(
                [sys.executable, "-m", "bench.peak", state / "peak", *map(str, command)],
                env=environment, cwd=ROOT, check=True,
            )  # fmt: skip
            seconds = time.perf_counter() - started
            runs.append((seconds, float((state / "peak").read_text())))
        import duckdb

        with duckdb.connect(str(state / "warehouse.duckdb"), read_only=True) as connection:
            days, energy = connection.execute(
                "select sum(usable_days), sum(usage_kwh) from marts.fct_account_month"
            ).fetchone()
    seconds, peak = min(runs)
    return {"seconds": seconds, "peak_mb": peak, "check": f"{days} days, {float(energy):.1f} kWh"}


if __name__ == "__main__":
    main()
