"""What the commands of ``wattlead`` share: options, faults, opening a workspace."""

import os
from pathlib import Path

import click

from orchestration.workspace import Workspace

workspace_option = click.option(
    "--workspace",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that holds landing/, state/ and published/; default: WATTLEAD_WORKSPACE, or the "
    "project folder.",
)
landing_option = click.option(
    "--landing",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the files landed, if not in the workspace.",
)


class Fault(click.ClickException):
    """Wrong use: one line on what is wrong and what to do."""

    exit_code = 2


class Failed(click.ClickException):
    """A data check failed."""

    exit_code = 1


def at(folder: Path | None) -> Workspace:
    """The workspace in ``folder``. Raises ``Fault`` for a path that can't be one."""
    try:
        return Workspace.at(folder)
    except ValueError as error:
        raise Fault(str(error)) from None


def open_workspace(workspace: Path | None, landing: Path | None = None) -> Workspace:
    """The workspace, whose landing folder exists. Raises ``Fault``."""
    if landing is not None:
        os.environ["WATTLEAD_LANDING"] = str(landing.resolve())
    opened = at(workspace)
    if not opened.landing.is_dir():
        raise Fault(
            f"there is no landing folder {opened.landing}; name the workspace with --workspace, or "
            "land files with `wattlead simulate` or `wattlead import`"
        )
    return opened
