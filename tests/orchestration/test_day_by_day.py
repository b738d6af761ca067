"""Day by day and at once end in the same tables, also with files late, twice or out of order."""

import json
import os
import shutil
import subprocess

import duckdb
import pytest

import contract
from orchestration import change, dbt, identity
from orchestration.checksum import quoted, table_checksum
from orchestration.dbt import AFTER_SCORING, BEFORE_IDENTITY
from orchestration.workspace import PROJECT, Workspace

# Its rows of retold months are not used: int_usage__month_part, compared too, leaves them out.
UNUSED = "intermediate.int_usage__month_change"
pytestmark = pytest.mark.slow


def build(workspace, as_of, is_full=False):
    """Intake and dbt's part of the job, as ``dbt.build`` runs it; gives the plan."""
    workspace.prepare()
    contract.intake(contract.load(PROJECT / "models"), workspace.landing, workspace.raw)
    now = change.seen(workspace, as_of)
    plan = change.plan(*change.last_seen(workspace), now)
    if is_full:
        plan = change.Plan(True, change.EVERYTHING, "asked for")
    command = [dbt._EXECUTABLE, "--quiet", *dbt.build_arguments(plan, now, "duckdb")]
    command += ["--profiles-dir", PROJECT]
    change.start(workspace, now)
    for phase in (("--select", BEFORE_IDENTITY), ("--exclude", BEFORE_IDENTITY, AFTER_SCORING)):
        done = subprocess.run(
            [*command, *phase],
            cwd=PROJECT,
            # Without the data tests: both ways end in tables that are compared whole.
            env={
                **os.environ,
                **workspace.environment(),
                **dbt.run_variables(plan, now),
                "DBT_EXCLUDE_RESOURCE_TYPES": "unit_test test",
            },
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-3000:]
        if phase[0] == "--select":
            identity.resolve(workspace, as_of)
    change.finish(workspace, now)
    return plan


def tables(workspace):
    """Checksum of every table of the warehouse, private ones included."""
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        names = connection.execute(
            "select table_schema, table_name from information_schema.tables"
        ).fetchall()
        return {
            f"{schema}.{table}": table_checksum(connection, f"{quoted(schema)}.{quoted(table)}")
            for schema, table in names
        }


@pytest.fixture(scope="module")
def branch(tmp_path_factory):
    """All that a dirty branch lands in 100 days, and its load dates."""
    folder = tmp_path_factory.mktemp("all")
    arguments = ["--accounts", "30", "--days", "100", "--seed", "5", "--dirt", "2"]
    subprocess.run(
        [
            dbt._EXECUTABLE.with_name("wattlead"),
            "simulate",
            *arguments,
            "--out",
            folder / "landing",
        ],
        check=True,
        capture_output=True,
    )
    days = sorted({path.name[10:] for path in folder.glob("landing/*/*/load_date=*")})
    return folder / "landing", days


def account_months(workspace, until):
    """Rows of account_month of months that had ended by a day."""
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        query = "select * from customer_360.account_month where month_end <= cast(? as date)"
        return set(connection.execute(query, [until]).fetchall())


def test_day_by_day_ends_in_the_same_tables(branch, tmp_path):
    landed, days = branch
    workspace = Workspace(tmp_path)
    # Each of these lands long after its date, out of order.
    held = (
        f"ami/daily_reads/load_date={days[-16]}",
        f"ami/load_curves/load_date={days[-20]}",
        f"ami/meters/load_date={days[-30]}",
        f"billing/payments/load_date={days[-25]}",
        f"crm/accounts/load_date={days[-22]}",
        f"external/weather_days/load_date={days[-18]}",
    )

    def land(until, are_held):
        for file in landed.glob("*/*/load_date=*/*"):
            name = file.relative_to(landed)
            is_held = are_held and str(name).startswith(held)
            target = workspace.landing / name
            if file.parent.name[10:] <= until and not is_held and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, target)

    # A month's end lies within: what was known before it must stay what it was.
    for place, are_held in ((-36, False), (-35, False), (-15, True), (-8, False)):
        land(days[place], are_held)
        plan = build(workspace, days[place])
        assert plan.is_full == (place == -36), plan
    land(days[-1], False)
    finished = (workspace.state / "built.json").read_text()
    build(workspace, days[-1])
    # As if that build had died before it said that it was done, some of its rows missing.
    (workspace.state / "built.json").rename(workspace.state / "building.json")
    (workspace.state / "built.json").write_text(finished)
    with duckdb.connect(str(workspace.warehouse)) as connection:
        lost = connection.execute(
            "delete from intermediate.int_usage__month_change as lost where lost.known_month = "
            "(select max(known_month) from intermediate.int_usage__month_change)"
        ).fetchone()[0]
    assert lost > 0
    plan = build(workspace, days[-1])
    assert not plan.is_full and plan.changed_from > json.loads(finished)["as_of"]
    by_day = tables(workspace)
    # In the same workspace: who keeps which customer number follows earlier days (decision 10).
    build(workspace, days[-1], is_full=True)
    expected = tables(workspace)
    assert len(expected) > 100
    assert {name for name in expected if by_day.get(name) != expected[name]} <= {UNUSED}


def test_no_later_file_changes_an_earlier_row(branch, tmp_path):
    """account_month as built in the middle of a month stands, whatever has landed since."""
    landed, days = branch
    workspace = Workspace(tmp_path)
    shutil.copytree(landed, workspace.landing)
    build(workspace, days[-22])
    then = account_months(workspace, days[-22])
    assert len(then) > 50
    build(workspace, days[-1], is_full=True)
    assert account_months(workspace, days[-22]) == then
