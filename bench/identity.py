"""Time, peak memory, precision and recall of customer resolution by size, on simulated branches.

    python -m bench.identity --accounts 4000 40000 400000 [--seeds 3 11 12] [--dirt 2]

Prints a Markdown table. Each resolution is a process of its own; 400,000 accounts take
some minutes, nearly all of it the simulation.
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


def judge(found: pd.DataFrame, people: pd.DataFrame, table: pd.DataFrame) -> dict:
    """Pairwise precision and recall of customer_no → founder_no against customer_no → person_id.

    ``table``, from ``standardise``, tells the pairs of one person that agree on a number, a phone
    or a building from those that have nothing but a name in common, which nobody could tell from
    two people: ``recall_beyond_name`` leaves the latter out.
    """
    both = found.merge(people.drop_duplicates("customer_no"), on="customer_no")
    sizes = both.groupby("founder_no").size()
    linked = int((sizes * (sizes - 1) // 2).sum())
    known = both.merge(table, left_on="customer_no", right_on="record_no")
    true = known.merge(known, on="person_id", suffixes=("", "_b"))
    true = true[true["customer_no"] < true["customer_no_b"]]
    is_found = true["founder_no"] == true["founder_no_b"]
    agrees = pd.Series(False, index=true.index)
    for column in ("id_no", "credit_code", "phone", "building"):
        agrees |= true[column].notna() & (true[column] == true[f"{column}_b"])
    return {
        "true_pairs": len(true),
        "precision": int(is_found.sum()) / max(linked, 1),
        "recall": float(is_found.mean()),
        "recall_beyond_name": float(is_found[agrees].mean()),
    }


def resolve_one(folder: Path) -> dict:
    """Resolve what landed in ``folder``; figures with seconds and peak memory of this process."""
    from ml.identity import resolve
    from ml.identity_standard import standardise

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
    return figures | judge(result.map, people, standardise(records, accounts))


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
    head = ["accounts", "seed", "records", "true pairs", "precision", "recall"]
    head += ["beyond name", "seconds", "peak GB"]
    print(f"| {' | '.join(head)} |\n|{' ---: |' * len(head)}")
    for accounts in sorted(chosen.accounts):
        for seed in chosen.seeds:
            found = measure(accounts, seed, chosen.dirt, ROOT / "state" / "bench-identity")
            print(
                f"| {accounts:,} | {seed} | {found['records']:,} | {found['true_pairs']:,} "
                f"| {found['precision']:.4f} | {found['recall']:.4f} "
                f"| {found['recall_beyond_name']:.4f} | {found['seconds']:.1f} "
                f"| {found['peak_gb']:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
