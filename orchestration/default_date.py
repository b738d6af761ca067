"""Which business date a run has when nobody names one."""

from datetime import date

import contract
from orchestration.assets import FIRST_DAY
from orchestration.workspace import TIMEZONE, Workspace, today


def is_business_date(day: date) -> bool:
    """Whether there is a partition for ``day``: the future has none."""
    return date.fromisoformat(FIRST_DAY) <= day <= today()


def default_date(workspace: Workspace) -> tuple[str | None, list[str]]:
    """The newest ``load_date=`` folder with a file in it, and warnings of folders passed over.

    A folder that names no business date is passed over: one misnamed folder must not stop a branch.
    """
    days, warnings = [], []
    for folder in sorted(workspace.landing.glob("[!_]*/*/load_date=*")):
        name = folder.relative_to(workspace.landing)
        try:
            if not folder.is_dir() or not any(folder.iterdir()):
                continue
        except OSError as error:
            warnings.append(f"{name} is passed over: it can't be opened ({error.strerror})")
            continue
        try:
            day = contract.day_of(folder.name)
        except ValueError:
            warnings.append(f"{name} is passed over: it is not a date (YYYY-MM-DD)")
            continue
        if is_business_date(day):
            days.append(day)
        else:
            reach = f"{FIRST_DAY} to today in {TIMEZONE} ({today()})"
            warnings.append(f"{name} is passed over: no run can be for it, only for {reach}")
    return (max(days).isoformat() if days else None), warnings
