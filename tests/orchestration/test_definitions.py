"""What Dagster loads: the same job for schedule, sensor and command; gates that block."""

import json
import os
from datetime import date, datetime
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.definitions.partitions.context import partition_loading_context

from orchestration import run_record
from orchestration.assets import DAYS
from orchestration.default_date import default_date
from orchestration.definitions import JOB, build
from orchestration.gates import GATES
from orchestration.scores.files import feature_month
from orchestration.workspace import Workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return Workspace.at(tmp_path_factory.mktemp("dagster"))


@pytest.fixture(scope="module")
def definitions(workspace):
    """Loaded without landing, network or data; the environment is put back afterwards."""
    before = dict(os.environ)
    yield build(workspace)
    os.environ.clear()
    os.environ.update(before)


def land(workspace, day, name="a.csv"):
    folder = workspace.landing / "ami" / "meters" / f"load_date={day}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("meter_no,account_no\nM1,A1\n")


def test_the_job_holds_every_asset_and_every_gate(definitions):
    job = definitions.resolve_job_def(JOB)
    keys = {"/".join(key.path) for key in job.asset_layer.executable_asset_keys}
    assert {
        "ami/daily_reads",
        "staging/stg_ami__daily_reads",
        "customer_360/account_month",
        "identity/customer_map",
        "scores/segments",
        "scores/leads",
        "marketing/lead",
        "published",
    } <= keys
    steps = {node.name for node in job.graph.nodes}
    for gate in ("gate_account_month", "gate_lead_candidates", "gate_leads", "gate_segments"):
        assert any(step.endswith(gate) for step in steps), steps
    assert len(definitions.resolve_asset_graph().asset_check_keys) > 100, "no dbt tests"


def test_gates_block_and_stand_before_what_they_guard(definitions):
    graph = definitions.resolve_asset_graph()
    gates = [key for key in graph.asset_check_keys if key.name.startswith("gate_")]
    assert len(gates) == len(GATES)
    assert all(graph.get_check_spec(key).blocking for key in gates)
    scores = {key for key in graph.get_all_asset_keys() if key.path[0] in ("scores", "forms")}
    assert len(scores) > 15
    for key in scores:
        assert dg.AssetKey(["customer_360", "account_month"]) in graph.get(key).parent_keys, key
    published = graph.get(dg.AssetKey(["published"])).parent_keys
    assert {dg.AssetKey(["marketing", "lead"]), dg.AssetKey(["customer_360", "account_360"])} <= (
        published
    )


def test_every_step_is_in_the_pool_of_the_warehouse(definitions):
    job = definitions.resolve_job_def(JOB)
    pools = {node.name: node.definition.pool for node in job.graph.nodes}
    assert set(pools.values()) == {"warehouse"}, pools


def test_the_pool_has_one_slot_and_nothing_is_reported(workspace, definitions):
    settings = (workspace.dagster_home / "dagster.yaml").read_text()
    assert "default_limit: 1" in settings and "enabled: false" in settings


def test_the_default_day_is_the_newest_load_with_a_file(tmp_path):
    empty = Workspace.at(tmp_path)
    assert default_date(empty) == (None, [])
    land(empty, "2024-01-02")
    (empty.landing / "ami" / "meters" / "load_date=2024-02-01").mkdir()
    assert default_date(empty) == ("2024-01-02", [])


@pytest.mark.parametrize(
    "day", ["unknown-no", "20990101", "2024-W05-1", "2099-01-01", "2009-01-01"]
)
def test_a_folder_that_no_run_can_be_for_is_passed_over_with_a_warning(tmp_path, day):
    branch = Workspace.at(tmp_path)
    land(branch, "2024-01-02")
    land(branch, day)
    found, (warning,) = default_date(branch)
    assert found == "2024-01-02" and f"load_date={day} is passed over" in warning


def test_only_folders_of_entities_count(tmp_path):
    branch = Workspace.at(tmp_path)
    land(branch, "2024-01-02")
    (branch.landing / "ami" / "meters" / "load_date=2024-03-01").touch()
    attachments = branch.landing / "_attachments" / "forms" / "load_date=2024-04-01"
    attachments.mkdir(parents=True)
    (attachments / "D1.png").touch()
    assert default_date(branch) == ("2024-01-02", [])


def test_a_day_begins_where_the_branch_is():
    """At 6:00 in Shanghai it is still yesterday in UTC: the morning's run must have its day."""
    for zone, now in [
        ("Asia/Shanghai", datetime(2026, 11, 24, 6)),
        ("UTC", datetime(2026, 11, 23, 20)),
    ]:
        with partition_loading_context(now.replace(tzinfo=ZoneInfo(zone))):
            assert DAYS.get_last_partition_key() == "2026-11-24"


def test_the_sensor_asks_for_a_run_when_something_landed_and_only_then(workspace, definitions):
    sensor = definitions.resolve_sensor_def("newly_landed")

    def look(cursor):
        with dg.build_sensor_context(cursor=cursor, definitions=definitions) as context:
            data = sensor.evaluate_tick(context)
            return data.run_requests, data.cursor

    assert look(None)[0] == []
    land(workspace, "2024-01-02")
    requests, cursor = look(None)
    assert [request.partition_key for request in requests] == ["2024-01-02"]
    assert look(cursor)[0] == []
    land(workspace, "2024-01-02", "late.csv")
    assert len(look(cursor)[0]) == 1


def test_the_schedule_runs_the_newest_day(workspace, definitions):
    land(workspace, "2024-01-03")
    schedule = definitions.resolve_schedule_def("every_morning")
    with dg.build_schedule_context(repository_def=definitions.get_repository_def()) as context:
        tick = schedule.evaluate_tick(context)
    assert [request.partition_key for request in tick.run_requests] == ["2024-01-03"]
    assert schedule.job_name == JOB


def test_a_misnamed_folder_stops_neither_schedule_nor_sensor(tmp_path):
    branch = Workspace.at(tmp_path)
    before = dict(os.environ)
    own = build(branch)
    land(branch, "unknown-no")
    schedule, sensor = (
        own.resolve_schedule_def("every_morning"),
        own.resolve_sensor_def("newly_landed"),
    )

    def requests():
        with dg.build_schedule_context(repository_def=own.get_repository_def()) as context:
            first = schedule.evaluate_tick(context).run_requests
        with dg.build_sensor_context(definitions=own) as context:
            second = sensor.evaluate_tick(context).run_requests
        return [[request.partition_key for request in found or []] for found in (first, second)]

    try:
        assert requests() == [[], []]
        land(branch, "2024-01-02")
        assert requests() == [["2024-01-02"], ["2024-01-02"]]
    finally:
        os.environ.clear()
        os.environ.update(before)


def test_an_incident_names_owner_and_keys_and_is_written_once(workspace):
    workspace.prepare()
    check = {
        "name": "c",
        "owner": "metering",
        "column": None,
        "passed": False,
        "severity": "block",
        "observed": "2",
        "expected": "0",
        "failing_count": 2,
        "failing_keys": [{"account_no": "A1"}],
        "description_en": "d",
        "description_zh": "说明",
    }
    gate = {"table": "customer_360.account_month", "checks": [check]}
    folder = run_record.checks_folder(workspace, "r1")
    (folder / "gate_account_month.json").write_text(json.dumps(gate))
    path = run_record.record_incident(workspace, "r1", "2024-01-03", "gate", "stopped")
    first = path.read_text()
    (failed,) = json.loads(first)["failed_checks"]
    assert failed["owner"] == "metering" and failed["keys"] == [{"account_no": "A1"}]
    run_record.record_incident(workspace, "r1", "2024-01-03", "gate", "told again")
    assert path.read_text() == first
    # The next run's checks are its own, and don't take the first one's away.
    other = run_record.checks_folder(workspace, "r2")
    (other / "gate_account_month.json").write_text(json.dumps({**gate, "checks": []}))
    run_record.forget_old_checks(workspace)
    assert len(run_record.checks(workspace, "r1")) == 1
    assert run_record.checks(workspace, "r2") == []
    tables = run_record.metadata(workspace, "r1", "2024-01-03", run_record.datetime.now())
    assert tables["incident"].num_rows == 1 and tables["run_check"].num_rows == 1


@pytest.mark.parametrize(
    ("as_of", "month"),
    [("2026-06-30", "2026-06-01"), ("2026-06-29", "2026-05-01"), ("2026-01-01", "2025-12-01"),
     ("2024-02-29", "2024-02-01"), ("2024-02-28", "2024-01-01")],
)  # fmt: skip
def test_the_month_to_score_is_the_newest_that_has_ended(as_of, month):
    assert feature_month(date.fromisoformat(as_of)) == date.fromisoformat(month)
