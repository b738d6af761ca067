"""Seconds and memory of every scoring asset on a built warehouse: ``python -m bench.scoring``.

Each asset runs as the job runs it, in a process of its own, twice: on the first day of a month,
when its models are learned, and on any other day, when they are there. Stored models of the
workspace are deleted first. Application forms are left out unless ``--forms`` is given: each image
is read once in its life, so a branch's first run reads a backlog and a day a handful.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from orchestration.scores import MODULES
from orchestration.workspace import PROJECT, Workspace

_ONE = """
import sys
from pathlib import Path
import dagster as dg
from bench.measure import report
from orchestration.scores import MODULES
from orchestration.turn import TURN
from orchestration.workspace import Workspace

name, root, day = sys.argv[1:]
workspace = Workspace.at(Path(root))
module = next(m for m in MODULES if m.__name__.endswith("." + name))
with dg.DagsterInstance.ephemeral() as instance:
    report(lambda: str(dg.materialize(
        [module.asset(workspace)], partition_key=day, instance=instance,
        resources={TURN: dg.ResourceDefinition.none_resource()},
    ).success))
"""


def measure(workspace: Workspace, name: str, day: str) -> dict:
    """Seconds and peak MB of one asset; raises ``SystemExit`` with what it said if it failed."""
    command = [sys.executable, "-c", _ONE, name, str(workspace.root), day]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stdout[-500:]}{done.stderr[-3000:]}")
    words = [line for line in done.stderr.splitlines() if line.startswith("[")]
    # Libraries may say something of their own on the way out.
    told = next(line for line in reversed(done.stdout.splitlines()) if line.startswith("{"))
    return json.loads(told) | {"says": words[-1] if words else ""}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--forms", action="store_true", help="read the application forms too")
    chosen = parser.parse_args()
    workspace = Workspace.at(chosen.workspace)
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        day, accounts = connection.execute(
            "select max(last_read_on), count(*) from marts.dim_account"
        ).fetchone()
    shutil.rmtree(workspace.models, ignore_errors=True)
    names = [module.__name__.rsplit(".", 1)[1] for module in MODULES]
    names = [name for name in names if chosen.forms or name != "form_check"]
    found = {}
    print(f"{accounts:,} accounts, as of {day}", flush=True)
    for when in ("learned", "scored"):
        for name in names:
            found[name, when] = measure(workspace, name, str(day))
            print(f"  {when} {found[name, when]['says']}", file=sys.stderr, flush=True)
    print("asset | learned and scored, s | scored, s | peak memory, GB\n---|---:|---:|---:")
    for name in names:
        first, again = found[name, "learned"], found[name, "scored"]
        peak = max(first["peak_mb"], again["peak_mb"]) / 1024
        print(f"{name} | {first['seconds']:.1f} | {again['seconds']:.1f} | {peak:.1f}")
    totals = [sum(found[name, when]["seconds"] for name in names) for when in ("learned", "scored")]
    peak = max(value["peak_mb"] for value in found.values()) / 1024
    print(f"all | {totals[0]:.1f} | {totals[1]:.1f} | {peak:.1f}")


if __name__ == "__main__":
    main()
