"""The last asset of the job: publish what passed its gates."""

from datetime import datetime

import dagster as dg

import contract
from orchestration import dbt as dbt_project
from orchestration import run_record
from orchestration.assets import DAYS, POOL, PUBLISHED
from orchestration.progress import step
from orchestration.publish import SCHEMAS, publish
from orchestration.scores import leads
from orchestration.turn import TURN
from orchestration.workspace import PROJECT, Workspace


def personal_columns() -> frozenset[str]:
    """Names of all columns that the landing contract calls personal."""
    entities = contract.load(PROJECT / "models").entities
    return frozenset(
        column.name for entity in entities for column in entity.columns if column.personal
    )


def publish_asset(workspace: Workspace) -> dg.AssetsDefinition:
    """``published/``: needs every public table, and with them their blocking checks."""
    tables = dbt_project.public_tables(dbt_project.manifest(workspace), SCHEMAS)

    @dg.asset(
        key=PUBLISHED,
        deps=[dg.AssetKey(list(name)) for name in sorted(tables)],
        group_name="published",
        partitions_def=DAYS,
        pool=POOL,
        required_resource_keys={TURN},
    )
    def published(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        with step("publish") as progress:
            statistics = context.instance.get_run_stats(context.run_id)
            started = statistics.start_time or statistics.launch_time
            result = publish(
                workspace.warehouse,
                workspace.published,
                f"{datetime.now():%Y%m%dT%H%M%S}-{context.run_id[:8]}",
                tables,
                run_record.metadata(
                    workspace,
                    context.run_id,
                    context.partition_key,
                    datetime.fromtimestamp(started),
                ),
                personal_columns(),
                progress.show,
            )
            leads.accept(workspace, context.partition_key)
            progress.note = f"{result.tables} tables, {result.rows:,} rows"
        return dg.MaterializeResult(metadata={"version": result.version, "rows": result.rows})

    return published
