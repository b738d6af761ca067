"""The asset of the anomaly cases: a model a month, cases every day."""

from datetime import date

import dagster as dg
import duckdb
import pandas as pd

from orchestration.assets import ACCOUNT_MONTH, COMMON
from orchestration.progress import step
from orchestration.scores import files
from orchestration.scores.anomaly_data import Source
from orchestration.workspace import Workspace

ANOMALY = dg.AssetKey(["scores", "anomaly"])
READS = tuple(
    dg.AssetKey(["marts", name])
    for name in (
        "dim_account",
        "dim_meter",
        "dim_weather_day",
        "fct_account_day",
        "fct_application",
        "fct_collection_action",
        "fct_enrolment",
        "fct_inspection",
        "fct_meter_event",
        "fct_transformer_day",
    )
)


def asset(workspace: Workspace) -> dg.AssetsDefinition:
    """Cases, ranked for inspection, and the model's card."""

    @dg.asset(key=ANOMALY, deps=[ACCOUNT_MONTH, *READS], group_name="ml", **COMMON)
    def anomaly(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        from ml.anomaly_card import card

        with step("anomaly cases") as progress:
            day = date.fromisoformat(context.partition_key)
            causes = files.seed("anomaly_cause")
            with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
                model, fitted_on = fitted(workspace, connection, day, causes)
                table = found(connection, day, causes, model)
            files.write_scores(workspace, "anomaly", str(day), table)
            files.write_scores(
                workspace, "model_card", str(day), card(model, fitted_on, table).frame(), "anomaly"
            )
            visits = int(table["rank"].notna().sum())
            progress.note = f"{len(table):,} cases, {visits:,} worth a visit"
        return dg.MaterializeResult(metadata={"cases": len(table), "visits": visits})

    return anomaly


def fitted(workspace: Workspace, connection, day: date, causes: pd.DataFrame):
    """The model of the newest complete month, fitted if there is none yet, and accounts it saw.

    None where too few accounts have a year of reads.
    """
    from ml import anomaly_model, model_store

    first = files.feature_month(day)
    month = f"{first:%Y-%m}"
    path = workspace.models / "anomaly" / f"{month}.skops"
    if path.exists():
        model = anomaly_model.CauseModel.from_dict(model_store.loads(path.read_bytes()))
        return model, model.accounts
    last = (pd.Timestamp(first) + pd.offsets.MonthEnd(1)).date()
    source = Source.at(connection, last, _codes(causes))
    if source is None:
        return None, 0
    model, rows = learned(source, causes, month)
    if model is not None:
        files.write_bytes(path, model_store.dumps(model.as_dict()))
    return model, rows


def learned(source: Source, causes: pd.DataFrame, month: str):
    """A model of a sample of the accounts of ``source``, or None, and how many accounts it saw."""
    from ml import anomaly_model
    from ml.anomaly_panel import peers_index

    accounts = source.accounts()
    if accounts.empty:
        return None, 0
    sample = source.panel(source.sample(accounts))
    visits = source.inspections()
    hits = visits.loc[visits["finding"].notna() & (visits["finding"] != "none"), "account_no"]
    model = anomaly_model.fit(
        sample, peers_index(sample), source.weather(), causes, set(hits), month
    )
    return model, len(sample.accounts)


def found(connection, day: date, causes: pd.DataFrame, model) -> pd.DataFrame:
    """Ranked cases as known on ``day``; none without a model."""
    from ml import anomaly, anomaly_days
    from ml.anomaly_panel import peers_index
    from ml.frames import typed

    empty = typed(pd.DataFrame(columns=list(anomaly.COLUMNS)), anomaly.COLUMNS)
    source = Source.at(connection, day, _codes(causes))
    if model is None or source is None:
        return empty
    accounts = source.accounts()
    index = peers_index(source.panel(source.sample(accounts)))
    weather, visits = source.weather(), source.inspections()
    wording = files.seed("anomaly_evidence")
    parts = [
        anomaly.cases(of, model, index, weather, causes, visits, wording, source.calendar)
        for of in source.batches(accounts)
    ]
    table = anomaly.ranked(pd.concat([empty, *parts], ignore_index=True))
    return anomaly_days.dated(table, source.days(table["account_no"]))


def _codes(causes: pd.DataFrame) -> list[str]:
    return sorted(causes["event_code"].dropna().unique())
