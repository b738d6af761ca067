"""The asset of premium and potential customers of the newest complete month."""

import dagster as dg
import pandas as pd

from orchestration.assets import ACCOUNT_MONTH, COMMON
from orchestration.progress import step
from orchestration.scores import files
from orchestration.scores.events import RISK
from orchestration.workspace import Workspace

VALUE = dg.AssetKey(["scores", "account_value"])


def asset(workspace: Workspace) -> dg.AssetsDefinition:
    """Value and potential of each open account, and their card."""

    @dg.asset(key=VALUE, deps=[ACCOUNT_MONTH, RISK], group_name="ml", **COMMON)
    def account_value(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        from ml import value

        with step("value") as progress:
            day = context.partition_key
            risk = [
                pd.read_parquet(
                    files.score_file(workspace, "account_risk", day, name),
                    columns=["account_no", "model_name", "probability"],
                )
                for name in files.seed("event_model")["model_name"]
            ]
            table, card = value.score(
                files.newest_month(workspace), pd.concat(risk, ignore_index=True),
                files.seed("value_margin"), files.seed("value_component"),
            )  # fmt: skip
            files.write_scores(workspace, "account_value", day, table)
            files.write_scores(workspace, "model_card", day, card.frame(), value.NAME)
            progress.note = f"{len(table):,} accounts"
        return dg.MaterializeResult(metadata={"accounts": len(table)})

    return account_value
