"""One run at a time per workspace."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

# What this process holds: the command line takes the lock, the run (turn.py) finds it taken.
_held: dict[Path, object] = {}


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
        _sign(file)
        _held[path] = file
        try:
            yield
        finally:
            del _held[path]


def hold_until_exit(path: Path) -> None:
    """Hold ``path`` for the life of this process, after whoever has it; a lock held stays held.

    For runs that Dagster's daemon starts: each has a process of its own.
    """
    if path in _held:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    fcntl.flock(file, fcntl.LOCK_EX)
    _sign(file)
    _held[path] = file


def _sign(file: TextIO) -> None:
    file.seek(0)
    file.truncate()
    file.write(f"process {os.getpid()} since {datetime.now():%Y-%m-%d %H:%M:%S}")
    file.flush()
