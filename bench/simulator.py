"""Time and peak memory of ``wattlead simulate`` by size, each in a process of its own.

    python -m bench.simulator --accounts 4000 40000 400000 [--days 365]

Prints a Markdown table. What lands is removed again; 400,000 accounts need 3 GB of disk.
"""

import argparse
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq

ROOT = Path(__file__).parents[1]


def measure(accounts: int, days: int, folder: Path) -> dict:
    """Simulate once and look at what landed."""
    shutil.rmtree(folder, ignore_errors=True)
    command = [Path(sys.executable).parent / "wattlead", "simulate", "--accounts", str(accounts)]
    command += ["--days", str(days), "--out", str(folder / "landing")]
    start = time.perf_counter()
    subprocess.run([*map(str, command)], check=True, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    # The highest of all children so far: sizes are run from small to large.
    peak_gb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    files = list((folder / "landing").rglob("*.parquet"))
    reads = sum(pq.read_metadata(f).num_rows for f in files if "daily_reads" in f.parts)
    rows = sum(pq.read_metadata(f).num_rows for f in files)
    size_gb = sum(f.stat().st_size for f in files) / 2**30
    shutil.rmtree(folder)
    return {"accounts": accounts, "reads": reads, "rows": rows, "files": len(files),
            "size_gb": size_gb, "seconds": seconds, "peak_gb": peak_gb}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, nargs="+", default=[4000, 40_000])
    parser.add_argument("--days", type=int, default=365)
    chosen = parser.parse_args()
    print("| accounts | reads | all rows | files | GB | seconds | µs a read | peak GB |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for accounts in sorted(chosen.accounts):
        found = measure(accounts, chosen.days, ROOT / "state" / "bench-simulator")
        print(
            f"| {accounts:,} | {found['reads']:,} | {found['rows']:,} | {found['files']:,} "
            f"| {found['size_gb']:.2f} | {found['seconds']:.0f} "
            f"| {1e6 * found['seconds'] / found['reads']:.2f} | {found['peak_gb']:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
