"""The asset of the leads of the newest complete month."""

import dagster as dg
import pandas as pd

from orchestration.assets import ACCOUNT_MONTH, COMMON
from orchestration.progress import step
from orchestration.scores import files
from orchestration.scores.segments import SEGMENTS
from orchestration.workspace import Workspace

LEADS = dg.AssetKey(["scores", "leads"])


def asset(workspace: Workspace) -> dg.AssetsDefinition:
    """Ranked leads and their card."""

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
            features = files.newest_month(workspace)
            result = rank_leads(
                features,
                pd.read_parquet(files.score_file(workspace, "segments", day)),
                files.seed("lead_product"),
                files.seed("lead_eligibility"),
                files.seed("lead_evidence"),
            )
            files.write_scores(workspace, "leads", day, result.leads)
            files.write_scores(workspace, "model_card", day, result.card.frame(), "leads")
            progress.note = f"{len(result.leads):,} leads"
        for key in (LEADS, dg.AssetKey(["scores", "model_card"])):
            yield dg.MaterializeResult(asset_key=key, metadata={"leads": len(result.leads)})

    return leads
