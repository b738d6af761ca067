"""The dead are buried, the living are not."""

import os
import subprocess
import sys

import dagster as dg
import pytest

from orchestration import burial
from orchestration.workspace import Workspace

SIGN = (
    "import sys, time; from orchestration import burial; "
    "from orchestration.workspace import Workspace; "
    "burial.sign(Workspace.at(sys.argv[1]), sys.argv[2]); print('signed', flush=True); "
    "time.sleep(60)"
)


@pytest.fixture
def workspace(tmp_path):
    before = dict(os.environ)
    workspace = Workspace.at(tmp_path)
    workspace.prepare()
    yield workspace
    os.environ.clear()
    os.environ.update(before)


def begin(instance, status=dg.DagsterRunStatus.STARTED) -> str:
    job = dg.JobDefinition(graph_def=dg.GraphDefinition(name="daily", node_defs=[]))
    return instance.create_run_for_job(job, status=status).run_id


def status(instance, run_id) -> dg.DagsterRunStatus:
    return instance.get_run_by_id(run_id).status


def test_a_run_whose_process_died_is_ended_and_one_that_waits_is_not(workspace):
    with dg.DagsterInstance.get() as instance:
        run = begin(instance)
        process = subprocess.Popen(
            [sys.executable, "-c", SIGN, workspace.root, run], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout.readline() == "signed\n"
        burial.bury(workspace, instance)
        assert status(instance, run) == dg.DagsterRunStatus.STARTED
        assert not list(workspace.incidents.glob("*.json"))
        process.kill()
        process.wait()
        burial.bury(workspace, instance)
        assert status(instance, run) == dg.DagsterRunStatus.FAILURE
        assert [path.stem for path in workspace.incidents.glob("*.json")] == [run]


def test_a_run_that_has_just_been_started_gets_time_to_sign(workspace):
    with dg.DagsterInstance.get() as instance:
        run = begin(instance, dg.DagsterRunStatus.STARTING)
        burial.bury(workspace, instance)
        assert status(instance, run) == dg.DagsterRunStatus.STARTING


def test_a_number_given_to_another_process_does_not_keep_a_dead_run_alive(workspace):
    with dg.DagsterInstance.get() as instance:
        run = begin(instance)
        burial.sign(workspace, run)
        path = workspace.state / "processes" / f"{run}.json"
        path.write_text(path.read_text().replace('"born": "', '"born": "1'))
        burial.bury(workspace, instance)
        assert status(instance, run) == dg.DagsterRunStatus.FAILURE


def test_the_daemon_does_not_wait_for_the_dead(workspace):
    with dg.DagsterInstance.get() as instance:
        run = begin(instance)
        burial.sign(workspace, run)
        (workspace.state / "processes" / f"{run}.json").write_text('{"pid": 0, "born": "x"}')
    burial.bury_dead_runs(workspace)
    with dg.DagsterInstance.get() as instance:
        assert status(instance, run) == dg.DagsterRunStatus.FAILURE
