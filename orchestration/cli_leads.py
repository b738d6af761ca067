"""``wattlead leads …`` and ``wattlead outcomes …``: the way out and the way back of the loop."""

import sys
from pathlib import Path

import click

from orchestration import sheets
from orchestration.cli_options import Fault, open_workspace, workspace_option
from orchestration.lock import WorkspaceBusy, exclusive
from orchestration.workspace import today

_by = click.option("--by", required=True, help="Who does it; goes on record.")
_on = click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Business date. Default: today.")


@click.group()
def leads() -> None:
    """Hand the cycle's leads out."""


@leads.command("export")
@workspace_option
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@_by
@click.option("--purpose", required=True, help="What for; goes on record.")
@_on
@click.option("--channel", "channels", multiple=True, help="Only this channel; may be repeated.")
@click.option("--format", "form", type=click.Choice(sheets.FORMATS), default="csv")
def leads_export(workspace, out: Path, by: str, purpose: str, on, channels, form: str) -> None:
    """One list a channel of what is open, with the contact data the channel needs. Audited."""
    from orchestration.lead_export import ExportError, export

    opened = open_workspace(workspace)
    day = on.date() if on else today()
    try:
        with exclusive(opened.lock):
            done = export(opened, out, by, purpose, day, channels, form)
    except (ExportError, WorkspaceBusy) as error:
        raise Fault(str(error)) from None
    except OSError as error:
        raise Fault(f"can't write in {out} ({error.strerror}); name another folder") from None
    for file in done:
        click.echo(f"{file.channel:8}{file.rows:>8,} leads  {file.path}")
    click.echo("on record in state/audit/export.jsonl; who was assigned has landed")


@click.group()
def outcomes() -> None:
    """Take in what came of the leads."""


@outcomes.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@workspace_option
@_by
@_on
@click.option(
    "--refused",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the refused rows (.csv). Default: beside FILE, named FILE.refused.csv.",
)
def outcomes_import(file: Path, workspace, by: str, on, refused: Path | None) -> None:
    """Land a list (CSV or Excel) of lead_id, outcome, contacted_on; exit status 1 if rows were
    refused."""
    from orchestration.outcome_import import OutcomeError, import_outcomes

    opened = open_workspace(workspace)
    try:
        with exclusive(opened.lock):
            result = import_outcomes(opened, file, by, on.date() if on else today())
    except (OutcomeError, sheets.SheetError, WorkspaceBusy) as error:
        raise Fault(str(error)) from None
    click.echo(
        f"{result.read:,} rows read: {result.accepted:,} accepted, {result.unchanged:,} known "
        f"already, {len(result.refused):,} refused"
    )
    if result.refused:
        import pandas as pd

        target = refused or file.with_name(f"{file.stem}.refused.csv")
        table = pd.DataFrame(result.refused, columns=["line", "lead_id", "reason"])
        sheets.write(table, target)
        for line, _, reason in result.refused[:5]:
            click.echo(f"  line {line}: {reason}")
        click.echo(f"all refused rows with their reason: {target}")
        sys.exit(1)
