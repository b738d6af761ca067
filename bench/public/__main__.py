"""Write docs/public-benchmarks.md: every public data set through the harness, one after the
other."""

import argparse
import os
import time
from pathlib import Path

from threadpoolctl import threadpool_limits

from bench.public.churn import bank, powerco, telco
from bench.public.hillstrom import hillstrom
from bench.public.london import london
from bench.public.reviews import reviews
from bench.public.row import BOOTSTRAP, Row
from bench.public.theft import PATTERNS, theft

PARTS = {
    "powerco": powerco,
    "telco": telco,
    "bank": bank,
    "hillstrom": hillstrom,
    "london": london,
    "theft": theft,
    "reviews": reviews,
}
NOTES = Path(__file__).with_name("notes.md")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.public", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="the report; without it the rows are only shown")
    parser.add_argument("--only", nargs="*", choices=list(PARTS), default=list(PARTS))
    arguments = parser.parse_args()
    rows: list[Row] = []
    seconds: dict[str, float] = {}
    # One thread: boosting's threads wait for each other wherever the cores are shared.
    with threadpool_limits(1):
        for name in arguments.only:
            started = time.perf_counter()
            made = PARTS[name](arguments.data, BOOTSTRAP)
            seconds[name] = time.perf_counter() - started
            print(
                f"{name}: {seconds[name]:.0f} s",
                *[row.line() for row in made],
                sep="\n",
                flush=True,
            )
            rows += made
    if arguments.out:
        arguments.out.write_text(report(rows, seconds))


def report(rows: list[Row], seconds: dict[str, float]) -> str:
    """The page: table, patterns, seconds, and the notes that people write
    (bench/public/notes.md)."""
    cpu = time.process_time()
    times = ", ".join(f"{name} {value:.0f} s" for name, value in seconds.items())
    patterns = "\n".join(f"- *{name}*: {text}" for name, text in PATTERNS.items())
    head = (
        "| data | figure | ours, 95 % interval | beside it | | how |\n|---|---|---|---|---|---|\n"
    )
    return (
        "# Public benchmarks\n\n"
        "Written by `make public-benchmarks`. Definitions of the figures: "
        "[models/harness.md](models/harness.md). Seeds are fixed.\n\n"
        + head
        + "\n".join(row.line() for row in rows)
        + "\n\n## Theft patterns injected\n\n"
        + patterns
        + "\n\n"
        + NOTES.read_text().strip()
        + f"\n\n## Time\n\n{times}; {sum(seconds.values()):.0f} s together in one thread, "
        f"{cpu:.0f} s of processor time; load average {os.getloadavg()[0]:.1f} at the end on "
        f"{os.cpu_count()} cores.\n"
    )


if __name__ == "__main__":
    main()
