"""The asset of the matters of work orders and calls: fitted once a month, applied every day."""

from datetime import date

import dagster as dg
import duckdb
import pandas as pd

from orchestration.assets import ACCOUNT_MONTH, COMMON
from orchestration.progress import step
from orchestration.scores import files
from orchestration.workspace import Workspace

LABELS = dg.AssetKey(["scores", "service_text_label"])
_READS = [dg.AssetKey(["marts", name]) for name in ("fct_service_text", "fct_work_order")]


def asset(workspace: Workspace) -> dg.AssetsDefinition:
    """Labels of every text and the model's card."""

    @dg.asset(key=LABELS, deps=[ACCOUNT_MONTH, *_READS], group_name="ml", **COMMON)
    def service_text_label(context: dg.AssetExecutionContext):
        from ml import service_text

        with step("service texts") as progress:
            day = context.partition_key
            signals = service_text.Signals(files.seed("text_signal"))
            matters = files.seed("service_matter")
            known = texts(workspace)
            model = month_model(workspace, known, signals, matters, day)
            labels = service_text.label(
                known, model, signals, matters, int(files.threshold("repeat_call_days"))
            )
            card = service_text.card(model, labels, files.threshold("text_min_confidence"))
            files.write_scores(workspace, "service_text_label", day, labels)
            files.write_scores(workspace, "model_card", day, card.frame(), service_text.NAME)
            named = int(labels["category_3"].notna().sum())
            progress.note = f"{named:,} of {len(labels):,} texts have a matter"
        return dg.MaterializeResult(metadata={"texts": len(labels), "named": named})

    return service_text_label


def texts(workspace: Workspace) -> pd.DataFrame:
    """Redacted work orders and calls, with what staff typed on the order or on the call's order."""
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        return connection.execute("""
            with calls as (
                select account_no, created_at, category_1, category_2, category_3, satisfaction
                from marts.fct_work_order
                where account_no is not null
                qualify count(*) over (partition by account_no, created_at) = 1
            )
            select texts.text_kind, texts.text_no, texts.account_no, texts.written_at,
                texts.text_redacted,
                coalesce(orders.category_1, calls.category_1) as category_1,
                coalesce(orders.category_2, calls.category_2) as category_2,
                coalesce(orders.category_3, calls.category_3) as category_3,
                coalesce(orders.satisfaction, calls.satisfaction) as satisfaction
            from marts.fct_service_text as texts
            left join marts.fct_work_order as orders
                on texts.text_kind = 'work_order' and texts.text_no = orders.order_no
            left join calls
                on texts.text_kind = 'document' and texts.account_no = calls.account_no
                and texts.written_at = calls.created_at
            where texts.text_kind in ('work_order', 'document')
            order by texts.text_kind, texts.text_no
        """).df()


def month_model(
    workspace: Workspace, known: pd.DataFrame, signals, matters: pd.DataFrame, day: str
):
    """The month's model: as stored, or fitted on what was written up to the month's end."""
    from ml import model_store, service_text

    month = files.feature_month(date.fromisoformat(day))
    version = f"{month:%Y-%m}"
    path = workspace.models / service_text.NAME / f"{version}.skops"
    if path.exists():
        return service_text.TextModel.from_dict(model_store.loads(path.read_bytes()))
    following = pd.Timestamp(month) + pd.DateOffset(months=1)
    model = service_text.fit(known[known["written_at"] < following], signals, matters, version)
    # Of too few texts nothing is kept: there may be enough tomorrow.
    if model.pipeline is not None:
        files.write_bytes(path, model_store.dumps(model.as_dict()))
    return model
