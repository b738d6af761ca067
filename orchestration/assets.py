"""The assets of the job, thin: read, call a pure function, write, report counts."""

import os
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
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
SEGMENTS = dg.AssetKey(["scores", "segments"])
LEADS = dg.AssetKey(["scores", "leads"])
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


def score_assets(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """Segments and leads of the newest complete month."""

    @dg.multi_asset(
        name="segments",
        specs=[
            dg.AssetSpec(SEGMENTS, deps=[ACCOUNT_MONTH], group_name="ml"),
            dg.AssetSpec(["scores", "segment_profile"], deps=[ACCOUNT_MONTH], group_name="ml"),
        ],
        **COMMON,
    )
    def segments(context: dg.AssetExecutionContext):
        from ml import model_store
        from ml.segments import SegmentModel, segment

        with step("segments") as progress:
            features = newest_month(workspace)
            previous = _newest_model(workspace, features, model_store, SegmentModel)
            result = segment(features, seed("segment_name_rule", typed=True), previous)
            if result.model is not None and result.is_new_model:
                month = features["month"].iloc[0].strftime("%Y-%m")
                _write_bytes(
                    workspace.models / "segments" / f"{month}.skops",
                    model_store.dumps(result.model.as_dict()),
                )
            day = context.partition_key
            write_scores(workspace, "segments", day, result.assignments)
            write_scores(workspace, "segment_profile", day, result.profile)
            write_scores(workspace, "model_card", day, result.card.frame(), "segments")
            scored = int(result.assignments["segment_id"].notna().sum())
            progress.note = f"{scored:,} of {len(features):,} accounts in segments"
        for key in (SEGMENTS, dg.AssetKey(["scores", "segment_profile"])):
            yield dg.MaterializeResult(
                asset_key=key, metadata={"accounts": len(features), "scored": scored}
            )

    @dg.multi_asset(
        name="leads",
        specs=[
            dg.AssetSpec(LEADS, deps=[ACCOUNT_MONTH, SEGMENTS], group_name="ml"),
            dg.AssetSpec(["scores", "model_card"], deps=[ACCOUNT_MONTH, SEGMENTS], group_name="ml"),
        ],
        **COMMON,
    )
    def leads(context: dg.AssetExecutionContext):
        from ml.leads import rank_leads

        with step("leads") as progress:
            day = context.partition_key
            features = newest_month(workspace)
            result = rank_leads(
                features,
                pd.read_parquet(score_file(workspace, "segments", day)),
                seed("lead_product"),
                seed("lead_eligibility"),
                seed("lead_evidence"),
            )
            write_scores(workspace, "leads", day, result.leads)
            write_scores(workspace, "model_card", day, result.card.frame(), "leads")
            progress.note = f"{len(result.leads):,} leads"
        for key in (LEADS, dg.AssetKey(["scores", "model_card"])):
            yield dg.MaterializeResult(asset_key=key, metadata={"leads": len(result.leads)})

    return [segments, leads]


def newest_month(workspace: Workspace) -> pd.DataFrame:
    """Rows of account_month of its newest month, with the kind of each account's tariff.

    ``is_closed_now`` is of the run's date, for leads: an account may close after its newest month.
    Segments keep ``is_closed``, so that a month's model is the same on each of its days.
    """
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        return connection.execute("""
            select months.*, tariffs.kind as tariff_kind, accounts.is_closed as is_closed_now
            from customer_360.account_month as months
            inner join customer_360.account_360 as accounts
                on months.account_no = accounts.account_no
            left join (
                select tariff_code, max_by(kind, valid_from) as kind
                from marts.dim_tariff group by tariff_code
            ) as tariffs on months.tariff_code = tariffs.tariff_code
            where months.month = (select max(month) from customer_360.account_month)
            order by months.account_no
        """).df()


def feature_month(as_of: date) -> date:
    """First day of the newest month that has ended by ``as_of``: the one to score.

    By the calendar and not by the table, or the gate would hold the table against itself.
    """
    following = as_of + timedelta(days=1)
    return (following.replace(day=1) - timedelta(days=1)).replace(day=1)


def seed(name: str, typed: bool = False) -> pd.DataFrame:
    """A list that people edit, as text; ``typed`` lets pandas tell the numbers."""
    path = PROJECT / "seeds" / f"{name}.csv"
    return pd.read_csv(path) if typed else pd.read_csv(path, dtype=str)


def score_file(workspace: Workspace, name: str, day: str, stem: str = "part-0") -> Path:
    """Where the scores of a day are."""
    return workspace.scores / name / f"as_of_date={day}" / f"{stem}.parquet"


def write_scores(
    workspace: Workspace, name: str, day: str, table: pd.DataFrame, stem: str = "part-0"
) -> None:
    """Write one score file by one rename."""
    target = score_file(workspace, name, day, stem)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".tmp")
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), unfinished)
    os.replace(unfinished, target)


def _newest_model(workspace: Workspace, features: pd.DataFrame, store, kind):
    """The newest segment model of an earlier month; a re-run finds the one of the first run.

    What the first run of a month followed is noted: a month run for later, between the two, must
    not change what has been published.
    """
    if features.empty:
        return None
    month = features["month"].iloc[0].strftime("%Y-%m")
    folder = workspace.models / "segments"
    note = folder / f"{month}.follows"
    if note.exists():
        chosen = note.read_text().strip()
    else:
        earlier = [path.stem for path in folder.glob("*.skops") if path.stem < month]
        chosen = max(earlier, default="")
        _write_bytes(note, chosen.encode())
    path = folder / f"{chosen}.skops"
    return kind.from_dict(store.loads(path.read_bytes())) if chosen and path.exists() else None


def _write_bytes(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".tmp")
    unfinished.write_bytes(data)
    os.replace(unfinished, target)
