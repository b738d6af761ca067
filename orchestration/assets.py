"""The assets of the job, thin: read, call a pure function, write, report counts."""

import dagster as dg
from dagster_dbt import dbt_assets

import contract
from orchestration import dbt as dbt_project
from orchestration.progress import step
from orchestration.turn import TURN
from orchestration.workspace import PROJECT, TIMEZONE, Workspace

POOL = "warehouse"
FIRST_DAY = "2011-01-01"  # before the oldest public data set
DAYS = dg.DailyPartitionsDefinition(start_date=FIRST_DAY, end_offset=1, timezone=TIMEZONE)
ACCOUNT_MONTH = dg.AssetKey(["customer_360", "account_month"])
PUBLISHED = dg.AssetKey(["published"])
COMMON = {"partitions_def": DAYS, "pool": POOL, "required_resource_keys": {TURN}}


def landing_assets(workspace: Workspace) -> dg.AssetsDefinition:
    """Every landed entity as an asset, brought into ``state/raw`` by one intake."""
    entities = contract.load(PROJECT / "models")
    specs = [
        dg.AssetSpec([entity.source, entity.name], group_name="landing")
        for entity in entities.entities
    ]
    specs.append(dg.AssetSpec(["intake", "files"], group_name="landing"))

    @dg.multi_asset(name="intake", specs=specs, **COMMON)
    def intake(context: dg.AssetExecutionContext):
        with step("intake") as progress:
            report = contract.intake(entities, workspace.landing, workspace.raw, progress.show)
            progress.note = (
                f"{report.rows:,} rows in {len(report.files)} files, {report.new_files} new, "
                f"{report.quarantined:,} quarantined"
            )
            if report.rejected:
                progress.note += f", {len(report.rejected)} files REJECTED"
                for name, reason in report.rejected.items():
                    context.log.warning(f"{name}: {reason}")
        for spec in specs:
            yield dg.MaterializeResult(asset_key=spec.key)

    return intake


def dbt_asset_definitions(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """dbt's models in three phases: customer records, up to customer_360, after scoring."""
    common = {
        "manifest": dbt_project.manifest(workspace),
        "dagster_dbt_translator": dbt_project.Translator(),
        **COMMON,
        "required_resource_keys": {TURN, "dbt"},
    }

    def phase(name: str, says: str, **chosen: str) -> dg.AssetsDefinition:
        @dbt_assets(name=f"dbt_{name}", **chosen, **common)
        def models(context: dg.AssetExecutionContext):
            with step(says) as progress:
                yield from dbt_project.build(
                    context, context.resources.dbt, workspace, progress, name
                )

        return models

    before, after = dbt_project.BEFORE_IDENTITY, dbt_project.AFTER_SCORING
    return [
        phase("records", "dbt: customer records", select=before),
        phase("facts", "dbt: staging to customer_360", exclude=f"{before} {after}"),
        phase("marketing", "dbt: marketing", select=after),
    ]
