"""The record of what left the house and what came back: one line a deed, only ever appended to."""

import json
import os
from datetime import datetime
from zoneinfo import ZoneInfo

from contract import TIMEZONE
from orchestration.workspace import Workspace


def note(workspace: Workspace, deed: str, **what) -> None:
    """Append one line to ``state/audit/<deed>.jsonl`` and see it on disk.

    No personal data may be in ``what``. Whoever hands a file out notes it first: without a record
    nothing leaves.
    """
    folder = workspace.state / "audit"
    folder.mkdir(parents=True, exist_ok=True)
    line = {"at": datetime.now(ZoneInfo(TIMEZONE)).isoformat(timespec="seconds"), **what}
    with (folder / f"{deed}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())


def noted(workspace: Workspace, deed: str) -> list[dict]:
    """Every line of the deed, oldest first."""
    path = workspace.state / "audit" / f"{deed}.jsonl"
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
