"""Progress of the job on the terminal: steps done and left, rows, seconds."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

# In the order of the job; the gates run in between.
STEPS = (
    "intake",
    "dbt: customer records",
    "customers resolved",
    "dbt: staging to customer_360",
    "gate: account_month",
    "segments",
    "response",
    "campaign effect",
    "leads",
    "event models",
    "value",
    "anomaly cases",
    "load shapes",
    "forecasts",
    "service texts",
    "application forms",
    "dbt: marketing",
    "gate: customer_segment",
    "gate: account_risk",
    "gate: lead_candidate",
    "gate: lead",
    "publish",
)


class Step:
    """One step under way; set ``note`` to what it achieved."""

    def __init__(self, name: str):
        """``name`` is one of STEPS."""
        self.name = name
        self.note = ""
        self._label = f"[{STEPS.index(name) + 1}/{len(STEPS)}] {name}"
        self._shown = 0.0

    def show(self, done: int, total: int, what: str) -> None:
        """Say how far the step is: in place on a terminal, every ten seconds elsewhere."""
        now = time.monotonic()
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K{self._label}: {done}/{total} {what}")
            sys.stderr.flush()
        elif now - self._shown > 10:
            self._shown = now
            print(f"{self._label}: {done}/{total} {what}", file=sys.stderr, flush=True)

    def _end(self, seconds: float, failed: bool) -> None:
        start = "\r\033[K" if sys.stderr.isatty() else ""
        note = " FAILED" if failed else ""
        note += f" · {self.note}" if self.note else ""
        print(f"{start}{self._label}{note} · {seconds:.1f} s", file=sys.stderr, flush=True)


@contextmanager
def step(name: str) -> Iterator[Step]:
    """Announce a step of STEPS and say what became of it and how long it took."""
    current = Step(name)
    current._shown = time.monotonic()
    started = time.monotonic()
    try:
        yield current
    except BaseException:
        current._end(time.monotonic() - started, failed=True)
        raise
    current._end(time.monotonic() - started, failed=False)
