"""What every contender prints: seconds, peak memory and a figure to compare."""

import json
import resource
import time
from collections.abc import Callable


def report(work: Callable[[], str]) -> None:
    started = time.perf_counter()
    check = work()
    seconds = time.perf_counter() - started
    peaks = [
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    peak = max(peaks) / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak, "check": check}))
