"""Curve marts on a clean simulated branch, against what is true of its accounts."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

import contract
from orchestration import identity
from orchestration.workspace import Workspace

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
END = "2026-06-30"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def branch(tmp_path_factory):
    """The warehouse of 600 accounts without dirt, with the truth about them as table ``truth``."""
    folder = tmp_path_factory.mktemp("curves")
    size = ["--accounts", "600", "--days", "400", "--seed", "7", "--dirt", "0"]
    run(BIN / "wattlead", "simulate", *size, "--out", folder / "landing")
    workspace = Workspace.at(folder)
    contract.intake(contract.load(ROOT / "models"), folder / "landing", workspace.raw)
    environment = {
        **os.environ,
        **workspace.environment(),
        "DBT_TARGET_PATH": str(folder / "dbt"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }

    def build(*select):
        command = ["build", "--select", *select, "--indirect-selection", "cautious", "--quiet"]
        options = ["--profiles-dir", ROOT, "--vars", f"{{as_of_date: '{END}'}}"]
        run(
            BIN / "dbt", *command, *options, "--exclude-resource-type", "unit_test", env=environment
        )

    build("+vault_crm__customers", "+vault_crm__accounts")
    identity.resolve(workspace, END)
    build("+fct_demand_month", "+fct_load_shape", "+fct_typical_day")
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        truth = folder / "truth" / "accounts.parquet"
        connection.execute(f"create temp view truth as from '{truth}'")
        yield connection


def run(*command, **more):
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, cwd=ROOT, **more
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_curves_and_registers_measured_the_same_energy(branch):
    """Of months with every hour and every day: the two come by different ways and files."""
    months, worst = branch.execute(
        """
        select count(*), max(abs(curves.curve_kwh / registers.usage_kwh - 1))
        from marts.fct_demand_month as curves
        inner join marts.fct_account_month as registers using (account_no, month)
        where coverage_share = 1 and usable_days = days and usage_kwh > 100
        """
    ).fetchone()
    assert months > 80
    # Registers are landed in hundredths of a kWh, four a day.
    assert worst < 0.001


def test_the_power_factor_is_found_again_from_the_bill(branch):
    """Above 0.95 all pay the same: no bill tells more."""
    found = branch.execute(
        """
        select least(truth.power_factor, 0.95), demands.power_factor, count(*)
        from marts.fct_demand_month as demands
        inner join truth using (account_no)
        where demands.power_factor is not null
        group by all
        """
    ).fetchall()
    assert found
    assert all(true == pytest.approx(float(billed)) for true, billed, _ in found)


def test_days_off_are_told_from_working_days(branch):
    """The ratio that each account was given, through weather, noise and holidays."""
    found = branch.execute(
        """
        select truth.rest_ratio, shapes.free_day_to_workday_ratio
        from marts.fct_load_shape as shapes
        inner join truth using (account_no)
        where truth.archetype in ('single_shift', 'two_shifts', 'continuous')
            and hours > 8000 and truth.resized_on is null
        """
    ).fetchall()
    assert len(found) >= 5
    assert all(shaped == pytest.approx(true, rel=0.15) for true, shaped in found)


def test_shifts_are_seen_in_the_shape(branch):
    """One shift sleeps at night and has its peak by day; a continuous plant does neither."""
    found = dict(
        branch.execute(
            """
            select
                truth.archetype,
                array_agg([workday_night_share, workday_load_factor, workday_peak_hour])
            from marts.fct_load_shape inner join truth using (account_no)
            where workday_peak_hour is not null
            group by truth.archetype
            """
        ).fetchall()
    )
    assert all(night < 0.2 and peak in range(8, 17) for night, _, peak in found["single_shift"])
    assert all(night > 0.28 and load > 0.8 for night, load, _ in found["continuous"])
