"""The asset of campaign effects: the treated against the random holdout."""

import dagster as dg
import duckdb
import numpy as np
import pandas as pd

from orchestration.assets import ACCOUNT_MONTH, COMMON
from orchestration.progress import step
from orchestration.scores import files
from orchestration.scores.history import features_of_touches
from orchestration.scores.response import RESPONSE, TOUCH_OUTCOME
from orchestration.scores.segments import SEGMENTS
from orchestration.workspace import Workspace

CAMPAIGN_EFFECT = dg.AssetKey(["scores", "campaign_effect"])


def asset(workspace: Workspace) -> dg.AssetsDefinition:
    """Effects by campaign, product, channel, segment and in all."""

    @dg.multi_asset(
        name="campaign_effect",
        specs=[
            dg.AssetSpec(
                CAMPAIGN_EFFECT,
                deps=[ACCOUNT_MONTH, TOUCH_OUTCOME, RESPONSE, SEGMENTS],
                group_name="ml",
            )
        ],
        **COMMON,
    )
    def campaign_effect(context: dg.AssetExecutionContext):
        from ml.campaign_effect import campaign_effects

        with step("campaign effect") as progress:
            touches = outcomes(workspace)
            table = campaign_effects(touches)
            files.write_scores(workspace, "campaign_effect", context.partition_key, table)
            progress.note = f"{len(table):,} effects of {len(touches):,} touches"
        yield dg.MaterializeResult(asset_key=CAMPAIGN_EFFECT, metadata={"effects": len(table)})

    return campaign_effect


def outcomes(workspace: Workspace) -> pd.DataFrame:
    """One row a touch whose window is over, as ``ml.campaign_effect.campaign_effects`` wants it.

    The segment and the covariate are of the month before the touch: what contact changed later
    must not choose the group it is counted in.
    """
    from ml.response_choice import touch_scores
    from ml.segments import assign

    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        touches = connection.execute("""
            select touches.touch_no, touches.campaign_no, touches.product_code, touches.channel,
                touches.is_treated, touches.is_enrolled_in_time as is_enrolled,
                touches.sent_at is not null as is_sent, touches.is_opt_out, touches.feature_month,
                cast(channels.cost_per_touch_cny as double) as cost_cny,
                cast(responses.value_cny as double) as value_cny
            from customer_360.touch_outcome as touches
            left join staging.stg_org__channels as channels on touches.channel = channels.channel
            left join marts.fct_response as responses on touches.touch_no = responses.touch_no
            where touches.is_enrolled_in_time is not null and not touches.was_enrolled
                and touches.campaign_no is not null
            order by touches.touch_no
        """).df()
        touches["segment_code"], touches["covariate"] = "unscored", np.nan
        segment, response = _models(workspace, connection)
        if segment is None and response is None:
            return touches
        place = touches.reset_index().set_index("touch_no")["index"]
        for features in features_of_touches(connection, _wanted(segment, response)):
            at = place.reindex(features["touch_no"])
            known = at.notna().to_numpy()
            rows = at[known].astype(int).to_numpy()
            if segment is not None:
                codes = assign(features, segment).to_numpy()
                touches.loc[rows, "segment_code"] = codes[known]
            if response is not None:
                chance = touch_scores(response, {}, features)["p_without_contact"].to_numpy()
                touches.loc[rows, "covariate"] = chance[known]
    return touches


def _wanted(segment, response) -> set[str]:
    """Columns of account_month that either model reads."""
    wanted = {"usable_days_12m", "is_closed"}
    if segment is not None:
        wanted |= set(segment.features)
    if response is not None:
        wanted |= response.design.reads
    return wanted


def _models(workspace: Workspace, connection: duckdb.DuckDBPyConnection):
    """The segment and the response model of the newest complete month, None where there is none."""
    from ml import model_store
    from ml.response import ResponseModel
    from ml.segments import SegmentModel

    newest = connection.execute("select max(month) from customer_360.account_month").fetchone()[0]
    found = []
    for name, kind in (("segments", SegmentModel), ("response", ResponseModel)):
        stored = sorted((workspace.models / name).glob("*.skops"))
        months = [path for path in stored if newest and path.stem <= f"{newest:%Y-%m}"]
        # An older segment model is still good; an older response model had too little to learn.
        if name == "response":
            months = [path for path in months if path.stem == f"{newest:%Y-%m}"]
        found.append(kind.from_dict(model_store.loads(months[-1].read_bytes())) if months else None)
    return found
