"""The dead are buried, the living are not; a run changes the workspace only when it is its turn."""

import os
import subprocess
import sys
import time
from datetime import datetime, timedelta

import dagster as dg
import pytest
from click.testing import CliRunner

from orchestration import burial
from orchestration.cli import cli
from orchestration.definitions import JOB, build
from orchestration.lock import exclusive
from orchestration.turn import TURN
from orchestration.workspace import Workspace

# A run as the daemon starts it, of one step; it says when the step runs and stays alive.
RUN = """
import sys, time
import dagster as dg
from orchestration.turn import TURN, turn_of
from orchestration.workspace import Workspace

workspace = Workspace.at(sys.argv[1])
workspace.prepare()

@dg.asset(required_resource_keys={TURN}, pool="warehouse")
def one():
    print("step", flush=True)
    time.sleep(60)

defs = dg.Definitions([one], resources={TURN: turn_of(workspace)}, executor=dg.in_process_executor)
with dg.DagsterInstance.get() as instance:
    defs.get_implicit_global_asset_job_def().execute_in_process(instance=instance)
"""

# The job's own intake, alone, as from a button.
INTAKE = """
import sys
import dagster as dg
from orchestration.definitions import build
from orchestration.workspace import Workspace

definitions = build(Workspace.at(sys.argv[1]))
with dg.DagsterInstance.get() as instance:
    print("ready", flush=True)
    definitions.get_implicit_global_asset_job_def().execute_in_process(
        instance=instance,
        asset_selection=list(definitions.get_assets_def(["intake", "files"]).keys),
        partition_key="2024-01-02",
    )
"""


@pytest.fixture
def workspace(tmp_path):
    before = dict(os.environ)
    workspace = Workspace.at(tmp_path)
    workspace.prepare()
    yield workspace
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def instance(workspace):
    with dg.DagsterInstance.get() as instance:
        yield instance


@pytest.fixture
def start(workspace, instance):
    """Starts a run in a process of its own; gives both once Dagster calls the run started."""
    processes = []

    def begin():
        known = {run.run_id for run in instance.get_runs()}
        command = [sys.executable, "-c", RUN, str(workspace.root)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        processes.append(process)
        until = time.monotonic() + 60
        while time.monotonic() < until and process.poll() is None:
            new = [run for run in instance.get_runs() if run.run_id not in known]
            if new and (workspace.state / "processes" / f"{new[0].run_id}.lock").exists():
                return process, new[0].run_id
            time.sleep(0.1)
        raise AssertionError("the run did not start")

    yield begin
    for process in processes:
        process.kill()
        process.wait()


def status(instance, run_id):
    return instance.get_run_by_id(run_id).status


def left(instance, run_status=dg.DagsterRunStatus.STARTED) -> str:
    """A run in Dagster's books that nobody signed for."""
    job = dg.JobDefinition(graph_def=dg.GraphDefinition(name="daily", node_defs=[]))
    return instance.create_run_for_job(job, status=run_status).run_id


def test_a_run_that_waits_for_its_turn_is_not_buried_and_goes_on(workspace, instance, start):
    with exclusive(workspace.lock):
        process, run_id = start()
        time.sleep(0.5)
        burial.bury(workspace, instance)
        assert process.poll() is None and status(instance, run_id) == dg.DagsterRunStatus.STARTED
        assert not list(workspace.incidents.iterdir())
        # It waits before it takes the warehouse's slot, which whoever has the turn needs.
        assert not instance.event_log_storage.get_concurrency_run_ids()
    assert process.stdout.readline() == b"step\n"


def test_intake_waits_without_the_slot_that_the_run_before_it_needs(workspace, instance):
    """Else each waits for the other: one for the workspace, the other for the warehouse's slot."""
    workspace.landing.mkdir()
    with exclusive(workspace.lock):
        command = [sys.executable, "-c", INTAKE, str(workspace.root)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            assert process.stdout.readline() == b"ready\n"
            for _ in range(120):  # a busy machine takes its time to start a run
                time.sleep(0.5)
                (run, *_) = instance.get_runs() or [None]
                if run and run.status == dg.DagsterRunStatus.STARTED:
                    break
            time.sleep(3)
            assert process.poll() is None
            (run,) = instance.get_runs()
            assert run.status == dg.DagsterRunStatus.STARTED
            info = instance.event_log_storage.get_concurrency_info("warehouse")
            assert info.active_slot_count == 0
        finally:
            if process.poll() is None and sys.exc_info()[0]:
                process.kill()
    assert process.wait(60) == 0
    assert instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.SUCCESS


def test_a_killed_run_is_buried_once_and_its_slot_is_free(workspace, instance, start):
    process, run_id = start()
    assert process.stdout.readline() == b"step\n"
    assert instance.event_log_storage.get_concurrency_info("warehouse").active_slot_count == 1
    process.kill()
    process.wait()
    for _ in range(2):
        burial.bury(workspace, instance)
        assert status(instance, run_id) == dg.DagsterRunStatus.FAILURE
        assert [path.stem for path in workspace.incidents.iterdir()] == [run_id]
        assert instance.event_log_storage.get_concurrency_info("warehouse").active_slot_count == 0
    assert not list((workspace.state / "processes").iterdir())


def test_a_run_that_ended_well_stays_so(workspace, instance):
    run_id = left(instance)
    burial.sign(workspace, run_id)
    job = dg.JobDefinition(graph_def=dg.GraphDefinition(name="daily", node_defs=[]))
    done = instance.create_run_for_job(job, status=dg.DagsterRunStatus.SUCCESS).run_id
    burial.bury(workspace, instance)
    assert status(instance, done) == dg.DagsterRunStatus.SUCCESS
    assert status(instance, run_id) == dg.DagsterRunStatus.STARTED


@pytest.mark.parametrize("begun", [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])
def test_a_run_that_begins_has_time_to_sign(workspace, instance, monkeypatch, begun):
    run_id = left(instance, begun)
    burial.bury(workspace, instance)
    assert status(instance, run_id) == begun

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(minutes=11)

    monkeypatch.setattr(burial, "datetime", Later)
    burial.bury(workspace, instance)
    assert status(instance, run_id) == dg.DagsterRunStatus.FAILURE


def test_the_daemon_starts_with_the_dead_buried(workspace, instance, start, monkeypatch):
    workspace.landing.mkdir()
    process, run_id = start()
    process.kill()
    process.wait()
    seen = []

    def daemon(command, **_):
        seen.append(status(instance, run_id))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", daemon)
    result = CliRunner().invoke(cli, ["dagster", "--workspace", str(workspace.root)])
    assert result.exit_code == 0, result.output
    assert seen == [dg.DagsterRunStatus.FAILURE]


def test_dagster_ends_runs_that_never_start(instance):
    assert instance.run_monitoring_enabled


def test_every_step_needs_its_turn_however_it_is_started(workspace):
    """Materialised by a button, one asset is a job without intake."""
    definitions = build(workspace)
    jobs = [definitions.resolve_job_def(JOB), definitions.resolve_implicit_global_asset_job_def()]
    for job in jobs:
        nodes = [node.definition for node in job.graph.nodes]
        assert nodes and all(TURN in node.required_resource_keys for node in nodes)
        assert job.executor_def.name == "in_process"


def test_a_turn_waits_for_the_run_before(workspace, instance, start):
    first, _ = start()
    assert first.stdout.readline() == b"step\n"
    second, _ = start()
    time.sleep(1)
    os.set_blocking(second.stdout.fileno(), False)
    assert second.stdout.read() is None and second.poll() is None
    first.kill()
    first.wait()
    os.set_blocking(second.stdout.fileno(), True)
    burial.bury(workspace, instance)
    assert second.stdout.readline() == b"step\n"
