"""One run at a time per workspace."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path


class WorkspaceBusy(RuntimeError):
    """Another process runs the job on this workspace: says which."""


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file ``path``; the system frees it whenever the process ends, even killed.

    Raises ``WorkspaceBusy`` at once when another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise WorkspaceBusy(
                f"another run is under way here ({file.read().strip()}); wait for it to end"
            ) from None
        file.seek(0)
        file.truncate()
        file.write(f"process {os.getpid()} since {datetime.now():%Y-%m-%d %H:%M:%S}")
        file.flush()
        yield
