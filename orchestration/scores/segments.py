"""The asset of the segments of the newest complete month."""

import dagster as dg
import pandas as pd

from orchestration.assets import ACCOUNT_MONTH, COMMON
from orchestration.progress import step
from orchestration.scores import files
from orchestration.workspace import Workspace

SEGMENTS = dg.AssetKey(["scores", "segments"])


def asset(workspace: Workspace) -> dg.AssetsDefinition:
    """Segments, their profile and the model's card."""

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
            features = files.newest_month(workspace)
            previous = _newest_model(workspace, features, model_store, SegmentModel)
            result = segment(features, files.seed("segment_name_rule", typed=True), previous)
            if result.model is not None and result.is_new_model:
                month = features["month"].iloc[0].strftime("%Y-%m")
                files.write_bytes(
                    workspace.models / "segments" / f"{month}.skops",
                    model_store.dumps(result.model.as_dict()),
                )
            day = context.partition_key
            files.write_scores(workspace, "segments", day, result.assignments)
            files.write_scores(workspace, "segment_profile", day, result.profile)
            files.write_scores(workspace, "model_card", day, result.card.frame(), "segments")
            scored = int(result.assignments["segment_id"].notna().sum())
            progress.note = f"{scored:,} of {len(features):,} accounts in segments"
        for key in (SEGMENTS, dg.AssetKey(["scores", "segment_profile"])):
            yield dg.MaterializeResult(
                asset_key=key, metadata={"accounts": len(features), "scored": scored}
            )

    return segments


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
        files.write_bytes(note, chosen.encode())
    path = folder / f"{chosen}.skops"
    return kind.from_dict(store.loads(path.read_bytes())) if chosen and path.exists() else None
