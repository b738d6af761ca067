"""The asset of the models of events: payment risk and churn, and what is said of them."""

import json
from datetime import date

import dagster as dg
import pandas as pd

from orchestration.assets import ACCOUNT_MONTH, COMMON
from orchestration.progress import step
from orchestration.scores import files
from orchestration.scores.event_rows import WATCHED_ROWS, EventRows, shifted
from orchestration.workspace import Workspace

RISK = dg.AssetKey(["scores", "account_risk"])
OUTCOME = dg.AssetKey(["customer_360", "account_outcome"])
TABLES = ("model_decision", "model_performance", "model_drift")


def asset(workspace: Workspace) -> dg.AssetsDefinition:
    """Risk of each account by model, its cards, decisions, performance and drift."""
    deps = [ACCOUNT_MONTH, OUTCOME]

    @dg.multi_asset(
        name="events",
        specs=[
            dg.AssetSpec(RISK, deps=deps, group_name="ml"),
            *(dg.AssetSpec(["scores", name], deps=deps, group_name="ml") for name in TABLES),
        ],
        **COMMON,
    )
    def events(context: dg.AssetExecutionContext):
        day = context.partition_key
        notes = []
        with step("event models") as progress:
            for row in files.seed("event_model").to_dict("records"):
                notes.append(score_model(workspace, row, day))
            progress.note = ", ".join(notes)
        for key in (RISK, *(dg.AssetKey(["scores", name]) for name in TABLES)):
            yield dg.MaterializeResult(asset_key=key)

    return events


def score_model(workspace: Workspace, row: dict, day: str) -> str:
    """Score one model (a row of seeds/event_model.csv) for a day, fitting it if its month is new;
    says what came out."""
    from ml import event_monitor, event_score
    from ml.frames import typed

    name, month = row["model_name"], files.feature_month(date.fromisoformat(day))
    drivers = files.seed("event_driver").query("model_name == @name")
    question = event_score.LIBRARY[name].question(row)
    with EventRows(workspace, name, question.event, list(drivers["column_name"])) as rows:
        stored, why = _of_month(workspace, month, question, drivers, rows, row)
        current = rows.month(month)
    tables = {
        "model_decision": event_monitor.DECISION,
        "model_performance": event_monitor.PERFORMANCE,
        "model_drift": event_monitor.DRIFT,
    }
    if stored is None:
        result = event_score.empty()
        card = event_score.card_without(name, row["label_en"], row["label_zh"], *why).frame()
    else:
        model, said = stored
        scores = event_score.amounts(model, current, said["extra"], files.seed("risk_kind"))
        result = event_score.scored(
            model, question, current, scores, drivers,
            files.seed("risk_advice").query("model_name == @name"), month,
        )  # fmt: skip
        card = typed(pd.DataFrame([said["card"]]), _card_columns())
    files.write_scores(workspace, "account_risk", day, result, name)
    files.write_scores(workspace, "model_card", day, card, name)
    for table, columns in tables.items():
        records = [] if stored is None else stored[1][table]
        frame = typed(pd.DataFrame(records, columns=list(columns)), columns)
        files.write_scores(workspace, table, day, frame, name)
    return f"{name} {len(result):,}" if stored else f"{name} none ({why[0]})"


def large_kva() -> float:
    """From where on customers have a transformer of their own, suspend and reduce, in kVA."""
    return files.threshold("own_transformer_kva")


def _card_columns() -> dict[str, str]:
    from ml.card import COLUMNS

    return COLUMNS


def _of_month(workspace: Workspace, month: date, question, drivers, rows: EventRows, row: dict):
    """The model that serves a month with what was said of it then, or None and why there is none.

    Made on the first run of the month and kept, so that each of its days says the same.
    """
    from ml import event_model, event_monitor, event_score, model_store

    folder = workspace.models / question.name
    path = folder / f"{month:%Y-%m}.skops"
    if path.exists():
        return _load(path), None
    earlier = [file for file in folder.glob("*.skops") if file.stem < path.stem]
    champion = _load(max(earlier)) if earlier else None
    newest = shifted(month, -question.matures)
    first_judged = shifted(newest, 1 - event_model.TrainParams().origins)
    learned, kept = rows.learned(date(1900, 1, 1), shifted(newest, -question.matures))
    test = rows.judged(first_judged, newest)
    params = event_model.TrainParams()
    try:
        trained = event_model.train(
            learned, test, question, list(drivers["column_name"]), kept, params
        )
    except event_model.TooFewEvents as error:
        if champion is None:
            return None, (str(error), error.zh)
        trained = None
    last = test[test["month"] == test["month"].max()]
    promoted, decision = False, pd.DataFrame(columns=list(event_monitor.DECISION))
    if trained is not None:
        held = champion[0] if champion else None
        promoted, decision = event_monitor.decision(
            question, month, held, trained, last, params.bootstrap
        )
    if promoted:
        model = trained.model
        figures = trained.figures[trained.figures["score"] == question.name]
        said = {
            "extra": event_score.extras(question.name, learned, large_kva()),
            "at_promotion": {r["measure"]: r["value"] for r in figures.to_dict("records")},
            "card": event_score.card(question, trained, month, row["label_en"], row["label_zh"])
            .frame().astype(object).iloc[0].map(_plain).to_dict(),
        }  # fmt: skip
    else:
        model, said = champion
    said = said | {"model_decision": _records(decision), "model_performance": [], "model_drift": []}
    if len(last):
        areas = files.seed("org_area").set_index("org_code")["area"]
        groups = {
            "area": last["org_code"].map(areas),
            "category": last["category"],
            "protected": last["is_protected"].map({True: "yes", False: "no"}),
            "complained_lately": (last["complaints_3m"].fillna(0) > 0).map(
                {True: "yes", False: "no"}
            ),
        }
        said["model_performance"] = _records(
            event_monitor.performance(
                model, question, month, last, groups, said["at_promotion"], params.bootstrap
            )
        )
    said["model_drift"] = _records(
        event_monitor.moved(
            model,
            month,
            rows.month(model.trained_to, WATCHED_ROWS),
            rows.month(month, WATCHED_ROWS),
        )
    )
    files.write_bytes(path.with_suffix(".json"), json.dumps(said, ensure_ascii=False).encode())
    files.write_bytes(path, model_store.dumps(model.as_dict()))
    return _load(path), None


def _load(path):
    """A stored model and what was said of it."""
    from ml import event_model, model_store

    model = event_model.EventModel.from_dict(model_store.loads(path.read_bytes()))
    return model, json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


def _records(table: pd.DataFrame) -> list[dict]:
    """Rows as plain values, dates as text, for JSON."""
    return [
        {name: _plain(value) for name, value in row.items()}
        for row in table.astype(object).to_dict("records")
    ]


def _plain(value):
    if pd.isna(value):
        return None
    return value.isoformat() if hasattr(value, "isoformat") else value
