"""The asset of the load shapes of the newest complete month."""

import dagster as dg
import duckdb

from orchestration.assets import ACCOUNT_MONTH, COMMON
from orchestration.progress import step
from orchestration.scores import files
from orchestration.workspace import Workspace

LOAD_SHAPES = dg.AssetKey(["scores", "load_shapes"])
CURVES = dg.AssetKey(["marts", "fct_load_shape"])
# Months that a shape is followed through, so that an account near an edge does not go to and fro.
MONTHS = 3


def asset(workspace: Workspace) -> dg.AssetsDefinition:
    """Shapes and their card."""

    @dg.asset(key=LOAD_SHAPES, deps=[ACCOUNT_MONTH, CURVES], group_name="ml", **COMMON)
    def load_shapes(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        from ml.load_shapes import load_shapes as shapes_of

        with step("load shapes") as progress:
            day = context.partition_key
            with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
                months, curves = read(connection)
            result = shapes_of(months, curves, files.seed("load_shape", typed=True))
            files.write_scores(workspace, "load_shapes", day, result.table)
            files.write_scores(workspace, "model_card", day, result.card.frame(), "load_shapes")
            scored = int(result.table["shape_id"].notna().sum())
            progress.note = f"{scored:,} of {len(result.table):,} accounts"
        return dg.MaterializeResult(metadata={"accounts": len(result.table), "scored": scored})

    return load_shapes


def read(connection, until=None, months: int = MONTHS):
    """account_month of the newest ``months`` (up to the month ``until``), and the curves."""
    rows = connection.execute(
        """
        select
            account_no, month, category, usable_days_12m, valley_share_12m, weekend_ratio_12m,
            cast(export_kwh_12m as double) as export_kwh_12m,
            cast(usage_kwh_12m as double) as usage_kwh_12m, is_closed
        from customer_360.account_month
        where month in (
            select distinct month from customer_360.account_month
            where month <= coalesce($until, month) order by month desc limit $months
        )
        order by month, account_no
        """,
        {"until": until, "months": months},
    ).df()
    shares = ", ".join(f"workday_h{hour:02d}_share" for hour in range(24))
    curves = connection.execute(
        f"select account_no, {shares} from marts.fct_load_shape order by account_no"
    ).df()
    return rows, curves
