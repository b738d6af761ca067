"""Everything Dagster loads: ``dagster dev -m orchestration.definitions``, or ``wattlead dagster``.

The workspace comes from WATTLEAD_WORKSPACE. Loading needs no network and no data.
"""

import hashlib

import dagster as dg

from orchestration import dbt as dbt_project
from orchestration import run_record
from orchestration.assets import (
    COMMON,
    dbt_asset_definitions,
    landing_assets,
)
from orchestration.default_date import default_date
from orchestration.gates import gate_checks
from orchestration.identity import identity_asset
from orchestration.publish_asset import publish_asset
from orchestration.scores import score_assets
from orchestration.turn import TURN, turn_of
from orchestration.workspace import TIMEZONE, Workspace

JOB = "daily"
SENSOR_SECONDS = 300


def build(workspace: Workspace) -> dg.Definitions:
    """The definitions of one workspace."""
    workspace.prepare()
    job = dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all() | dg.AssetSelection.all_asset_checks(),
        # One process: the warehouse takes one writer, and a killed run leaves nothing behind.
        executor_def=dg.in_process_executor,
        config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        description="Landed files to published marts, segments and leads, for one business date.",
    )

    @dg.schedule(
        job=job,
        cron_schedule="0 6 * * *",
        execution_timezone=TIMEZONE,
        description="Every morning, for the newest load date.",
    )
    def every_morning(context: dg.ScheduleEvaluationContext):
        day = _default_date(workspace, context)
        if day is None:
            return dg.SkipReason(f"nothing has landed in {workspace.landing}")
        return dg.RunRequest(partition_key=day)

    @dg.sensor(
        job=job,
        minimum_interval_seconds=SENSOR_SECONDS,
        description="A run when files landed or changed since the last look.",
    )
    def newly_landed(context: dg.SensorEvaluationContext):
        listing = _listing(workspace)
        day = _default_date(workspace, context)
        if listing is None or day is None:
            return dg.SkipReason(f"nothing has landed in {workspace.landing}")
        if listing == context.cursor:
            return dg.SkipReason("nothing new has landed")
        context.update_cursor(listing)
        return dg.RunRequest(run_key=listing, partition_key=day)

    @dg.run_failure_sensor(
        monitored_jobs=[job],
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Writes an incident: what failed, its owner and the rows' keys.",
    )
    def incident_on_failure(context: dg.RunFailureSensorContext):
        run_record.record_incident(
            workspace,
            context.dagster_run.run_id,
            context.dagster_run.tags.get("dagster/partition", ""),
            _failed_step(context),
            context.failure_event.message or "",
        )

    return dg.Definitions(
        assets=[
            landing_assets(workspace),
            *dbt_asset_definitions(workspace),
            identity_asset(workspace, **COMMON),
            *score_assets(workspace),
            publish_asset(workspace),
        ],
        asset_checks=gate_checks(workspace),
        jobs=[job],
        schedules=[every_morning],
        sensors=[newly_landed, incident_on_failure],
        resources={"dbt": dbt_project.resource(), TURN: turn_of(workspace)},
        # What is materialised without the job, by a button, is one process with one turn too.
        executor=dg.in_process_executor,
    )


def _default_date(workspace: Workspace, context) -> str | None:
    day, passed_over = default_date(workspace)
    for warning in passed_over:
        context.log.warning(warning)
    return day


def _listing(workspace: Workspace) -> str | None:
    """A fingerprint of the landed files' names, sizes and times; None when there are none."""
    files = sorted(path for path in workspace.landing.glob("*/*/load_date=*/*") if path.is_file())
    if not files:
        return None
    digest = hashlib.sha256()
    for path in files:
        stat = path.stat()
        name = path.relative_to(workspace.landing)
        digest.update(f"{name}|{stat.st_size}|{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _failed_step(context: dg.RunFailureSensorContext) -> str:
    events = context.get_step_failure_events()
    return events[0].step_key or "" if events else ""


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster loads: the workspace that the environment names."""
    return build(Workspace.at())
