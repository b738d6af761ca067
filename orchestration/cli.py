"""The ``wattlead`` command. Exit status: 0 done, 1 a data check failed, 2 wrong use."""

import atexit
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import click

from orchestration.cli_leads import leads, outcomes
from orchestration.cli_options import (
    Failed,
    Fault,
    at,
    landing_option,
    open_workspace,
    workspace_option,
)
from orchestration.workspace import PROJECT, TIMEZONE, today


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Wattlead: landed files to published marts, segments and leads."""


cli.add_command(leads)
cli.add_command(outcomes)


def main() -> None:
    """Console script ``wattlead``."""
    try:
        cli()
    except SystemExit as stop:
        # Leave without the interpreter's teardown: in it DuckDB's binding prints pages of harmless
        # "leaked" lines once Great Expectations has been imported.
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        code = stop.code if isinstance(stop.code, int) else int(bool(stop.code))
        os._exit(code)


@cli.command("check-landing")
@workspace_option
@landing_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def check_landing(workspace: Path | None, landing: Path | None, form: str) -> None:
    """What landed and what breaks the contract; exit status 1 on a breach of a hard rule."""
    import contract

    opened = open_workspace(workspace, landing)
    report = contract.check(contract.load(PROJECT / "models"), opened.landing, _counter("checked"))
    if form == "json":
        click.echo(json.dumps(report.as_dict(), ensure_ascii=False, indent=1, default=str))
    else:
        click.echo(report.text())
    sys.exit(1 if report.breached else 0)


@cli.command()
@click.option("--accounts", type=click.IntRange(1), default=1000, show_default=True)
@click.option("--days", type=click.IntRange(1), default=730, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--end", type=click.DateTime(["%Y-%m-%d"]), help="Last day simulated.")
@click.option(
    "--dirt",
    type=click.FloatRange(0, 3),
    default=1.0,
    show_default=True,
    help="Level of planted defects, 0 to 3; 0 is a clean branch.",
)
@click.option(
    "--chunk",
    type=click.IntRange(1),
    help="Accounts in memory and in one landing file at a time; changes no row. [default: 50000]",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
def simulate(accounts: int, days: int, seed: int, end, dirt: float, chunk, out: Path) -> None:
    """Land a simulated branch in --out; what is true of it goes to truth/ beside it."""
    from connectors.simulator import SimParams, simulate

    chosen = {"accounts": accounts, "days": days, "seed": seed, "dirt": dirt}
    try:
        params = SimParams(
            **chosen,
            **({"end": end.date()} if end else {}),
            **({"chunk": chunk} if chunk else {}),
        )
    except ValueError as error:
        raise Fault(str(error)) from None
    truth = out.parent / "truth"
    if truth.exists() and (not truth.is_dir() or any(truth.iterdir())):
        raise Fault(
            f"{truth} is there already, of another branch than the one to be simulated; name a new "
            "folder, or remove it first"
        )
    _land(simulate(params, _counter("simulated")), out)


@cli.group("import")
def import_() -> None:
    """Land a public data set."""


@import_.command()
@click.option(
    "--from", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
def london(folder: Path, out: Path) -> None:
    """Low Carbon London smart meters in their published form (daily_dataset/block_*.csv[.gz] …)."""
    from connectors import ConnectorError
    from connectors.london import read

    try:
        _land(read(folder, _counter("read")), out)
    except ConnectorError as error:
        raise Fault(str(error)) from None


def _land(batches, out: Path) -> None:
    """Write a connector's batches to an empty landing folder, a simulator's truth beside it."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        is_empty = not any(out.iterdir())
    except OSError as error:
        raise Fault(f"can't write in {out} ({error.strerror}); name another folder") from None
    if not is_empty:
        raise Fault(f"{out} is not empty; name a new folder, or remove it first")
    try:
        _write_batches(batches, out)
    except OSError as error:
        raise Fault(
            f"writing {error.filename or out} failed ({error.strerror}); make room or name another "
            "folder, and remove what is half written"
        ) from None


def _write_batches(batches, out: Path) -> None:
    import contract
    from connectors import TRUTH, Attachment
    from orchestration.truth_writer import TruthWriter

    writer = contract.LandingWriter(contract.load(PROJECT / "models"), out)
    files = rows = 0
    with TruthWriter(out.parent / "truth") as truth:
        for batch in batches:
            if isinstance(batch, Attachment):
                path = out / batch.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(batch.content)
                continue
            if batch.source == TRUTH:
                truth.write(batch.entity, batch.table)
                continue
            writer.write(*batch)
            files, rows = files + 1, rows + batch.table.num_rows
    _clear_line()
    click.echo(f"landed {rows:,} rows in {files} files in {out}", err=True)


@cli.command()
@workspace_option
@landing_option
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Business date: nothing that landed later is read. Default: newest load date.",
)
@click.option("--full-refresh", is_flag=True, help="Rebuild what is built in increments.")
@click.option(
    "--target",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    show_default=True,
    help="The engine that builds the tables; what is published is the same.",
)
def run(workspace, landing, as_of, full_refresh: bool, target: str) -> None:
    """Run the whole job for one business date and publish."""
    from orchestration import spark
    from orchestration.assets import FIRST_DAY
    from orchestration.default_date import default_date, is_business_date
    from orchestration.lock import WorkspaceBusy
    from orchestration.run import RunFailed
    from orchestration.run import run as run_job

    if target == "spark" and (problem := spark.missing()):
        raise Fault(problem)
    opened = open_workspace(workspace, landing)
    if as_of:
        day = as_of.date().isoformat()
        if not is_business_date(as_of.date()):
            raise Fault(
                f"the business date {day} must be from {FIRST_DAY} to today in {TIMEZONE} "
                f"({today()}); give another with --as-of"
            )
    else:
        day, passed_over = default_date(opened)
        for warning in passed_over:
            click.echo(f"warning: {warning}", err=True)
        if day is None:
            raise Fault(
                f"nothing has landed in {opened.landing} "
                "(no load_date=YYYY-MM-DD folder that a run could be for)"
            )
    try:
        run_job(opened, day, full_refresh, target)
    except WorkspaceBusy as error:
        raise Fault(str(error)) from None
    except RunFailed as error:
        raise Failed(str(error)) from None


@cli.command()
@workspace_option
def checksum(workspace: Path | None) -> None:
    """One line per published table: name, rows, checksum (independent of order)."""
    import duckdb

    with duckdb.connect(str(_published(workspace)), read_only=True) as connection:
        rows = connection.execute("select * from governance.table_checksum order by all").fetchall()
    for schema, table, count, digest in rows:
        click.echo(f"{schema}.{table} {count} {digest}")


@cli.command()
@workspace_option
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@click.option("--top", type=click.IntRange(0), default=20, show_default=True, help="Leads to show.")
def summary(workspace: Path | None, lang: str, top: int) -> None:
    """What came out of the last published run, and where to look."""
    from orchestration.summary import summary as summarise

    _published(workspace)
    click.echo(summarise(at(workspace), lang, top))


@cli.group()
def whatif() -> None:
    """What a decision would bring, from what is published; nothing is changed."""


@whatif.command("tariff")
@click.argument("file", type=click.Path(path_type=Path))
@workspace_option
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True)
def whatif_tariff(file: Path, workspace: Path | None, lang: str) -> None:
    """Who would gain or lose by a new package (a YAML file: docs/models/rate-fit.md)."""
    import duckdb

    from ml.rate_fit import PackageError
    from orchestration import whatif as answers

    try:
        package = answers.load_package(file)
    except OSError as error:
        raise Fault(f"can't read {file} ({error.strerror}); name a package's YAML file") from None
    except PackageError as error:
        raise Fault(f"{file}: {error}") from None
    published = _published(workspace)
    try:
        click.echo(answers.whatif_tariff(published, package, lang))
    except duckdb.CatalogException as error:
        raise Fault(
            f"{published} lacks a table ({str(error).splitlines()[0]}); run `wattlead run` again"
        ) from None


@cli.command()
@workspace_option
def quality(workspace: Path | None) -> None:
    """Failed checks and warnings of the last run, published or not, with their owners."""
    from orchestration import run_record

    opened = at(workspace)
    if not opened.checks.is_dir():
        raise Fault(f"no run has been made in {opened.root}")
    latest = run_record.latest_run(opened)
    found = run_record.checks(opened, latest) if latest else []
    failed = [check for check in found if not check["is_passed"]]
    for check in failed:
        click.echo(
            f"{check['severity']:6}{check['table_name']}: {check['check_name']}: "
            f"{check['observed']} (owner {check['owner']})\n      {check['description_en']}"
        )
        if check["failing_keys"] != "[]":
            click.echo(f"      {check['failing_rows']} rows, first keys: {check['failing_keys']}")
    if not failed:
        click.echo("all checks of the last run passed")
    sys.exit(1 if any(check["severity"] == "block" for check in failed) else 0)


@cli.command()
@workspace_option
@click.option("--port", type=click.IntRange(1024, 65535), default=3000, show_default=True)
def dagster(workspace: Path | None, port: int) -> None:
    """Dagster's web server and daemon on the workspace, until Ctrl-C."""
    from orchestration.burial import bury_dead_runs

    opened = open_workspace(workspace)
    opened.prepare()
    bury_dead_runs(opened)
    command = [str(Path(sys.executable).with_name("dagster")), "dev", "--port", str(port)]
    sys.exit(subprocess.run([*command, "-m", "orchestration.definitions"], cwd=PROJECT).returncode)


def _published(workspace: Path | None) -> Path:
    import duckdb

    file = at(workspace).published / "wattlead.duckdb"
    if not file.exists():
        raise Fault(f"nothing is published at {file}; run `wattlead run` on this workspace first")
    try:
        duckdb.connect(str(file), read_only=True).close()
    except duckdb.Error:
        raise Fault(
            f"{file} can't be read as a DuckDB file; `wattlead run` publishes anew"
        ) from None
    return file


def _counter(verb: str):
    """A progress callback with time left: in place on a terminal, every ten seconds elsewhere."""
    started = shown = time.monotonic()

    def show(done: int, total: int, what: str) -> None:
        nonlocal shown
        now = time.monotonic()
        left = (now - started) * (total - done) / max(done, 1)
        text = f"{verb} {done:,}/{total:,} {what}, about {left:.0f} s left"
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K{text}")
            sys.stderr.flush()
        elif now - shown > 10:
            shown = now
            print(text, file=sys.stderr, flush=True)

    return show


def _clear_line() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
