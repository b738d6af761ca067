"""Time, peak memory, precision and recall of customer resolution by size, on simulated branches.

    python -m bench.identity --accounts 4000 40000 400000 [--seeds 3 11 12] [--dirt 2]

Prints a Markdown table. Each resolution is a process of its own; 400,000 accounts take some minutes,
nearly all of it the simulation.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
DAYS = "5"  # customers land on the first day; later days only bring reads


def judge(found: pd.DataFrame, people: pd.DataFrame) -> dict:
    """Pairwise precision and recall of customer_no → founder_no against customer_no → person_id."""
    both = found.merge(people.drop_duplicates("customer_no"), on="customer_no")

    def pairs(columns) -> int:
        sizes = both.groupby(columns).size()
        return int((sizes * (sizes - 1) // 2).sum())

    right = pairs(["founder_no", "person_id"])
    linked, true = pairs("founder_no"), pairs("person_id")
    return {
        "true_pairs": true,
        "precision": right / linked if linked else 1.0,
        "recall": right / true if true else 1.0,
    }


def resolve_one(folder: Path) -> dict:
    """Resolve what landed in ``folder``; figures with seconds and peak memory of this process."""
    from ml.identity import resolve

    def newest(entity: str, key: str, name: str) -> pd.DataFrame:
        parts = sorted((folder / "landing" / "crm" / entity).glob("*/*.parquet"))
        table = pd.concat([pd.read_parquet(part) for part in parts])
        return table[table[name].notna()].drop_duplicates(key, keep="last")

    records = newest("customers", "customer_no", "legal_form")
    accounts = newest("accounts", "account_no", "account_name")
    nothing = pd.DataFrame(columns=["customer_no_a", "customer_no_b", "decision"])
    started = time.perf_counter()
    result = resolve(records, accounts, nothing, "2026-01-31")
    seconds = time.perf_counter() - started
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    people = pd.read_parquet(folder / "truth" / "customers.parquet")
    figures = {"records": len(records), "seconds": seconds, "peak_gb": peak_gb}
    return figures | judge(result.map, people)


def measure(accounts: int, seed: int, dirt: str, folder: Path) -> dict:
    """Simulate a branch, resolve it in a process of its own, and remove it."""
    shutil.rmtree(folder, ignore_errors=True)
    command = [str(Path(sys.executable).parent / "wattlead"), "simulate"]
    command += ["--accounts", str(accounts), "--days", DAYS, "--seed", str(seed), "--dirt", dirt]
    subprocess.run(
        [*command, "--out", str(folder / "landing")], check=True, stderr=subprocess.DEVNULL
    )
    command = [sys.executable, "-m", "bench.identity", "--resolve", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    shutil.rmtree(folder)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, nargs="+", default=[4000, 40_000])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--dirt", default="2")
    parser.add_argument("--resolve", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.resolve:
        print(json.dumps(resolve_one(chosen.resolve)))
        return
    print("| accounts | seed | records | true pairs | precision | recall | seconds | peak GB |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for accounts in sorted(chosen.accounts):
        for seed in chosen.seeds:
            found = measure(accounts, seed, chosen.dirt, ROOT / "state" / "bench-identity")
            print(
                f"| {accounts:,} | {seed} | {found['records']:,} | {found['true_pairs']:,} "
                f"| {found['precision']:.4f} | {found['recall']:.4f} | {found['seconds']:.1f} "
                f"| {found['peak_gb']:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
