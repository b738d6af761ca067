"""The published list of an event model: probability, amount, kind, advice and reasons."""

from datetime import date

import numpy as np
import pandas as pd

from ml import churn, event_reasons, payment_risk
from ml.card import Card
from ml.event_model import EventModel, Question, Trained
from ml.frames import typed
from ml.harness import report

LIBRARY = {payment_risk.NAME: payment_risk, churn.NAME: churn}
COLUMNS = {
    "account_no": "text",
    "model_name": "text",
    "probability": "double",
    "rank": "integer",
    "is_listed": "integer",
    "kind": "text",
    "amount_at_risk_cny": "double",
    "advice_code": "text",
    **{
        f"reason_{n}_{part}": "text"
        for n in range(1, event_reasons.REASONS + 1)
        for part in ("driver", "en", "zh")
    },
    "change_driver": "text",
    "change_probability": "double",
    "change_en": "text",
    "change_zh": "text",
    "model_version": "text",
    "feature_month": "date",
    "quality_score": "double",
}
EXPLAINED = 40_000  # reasons for the likeliest so many: nobody reads on, and each costs its time


def empty() -> pd.DataFrame:
    """The list of a model that has none."""
    return typed(pd.DataFrame(columns=list(COLUMNS)), COLUMNS)


def scored(
    model: EventModel,
    question: Question,
    rows: pd.DataFrame,
    scores: pd.DataFrame,
    drivers: pd.DataFrame,
    advice: pd.DataFrame,
    month: date,
) -> pd.DataFrame:
    """The list of one month (COLUMNS), likeliest first.

    ``rows``: account_month rows at risk; ``scores``: of the model's module, in the same order;
    ``drivers``, ``advice``: the model's rows of the seeds. Listed are as many as the team reaches.
    Reasons are given down to the mean probability, at most EXPLAINED of them.
    """
    table = rows.reset_index(drop=True).assign(
        **{name: scores[name].to_numpy() for name in ("probability", "kind", "amount_at_risk_cny")}
    )
    table = table.sort_values(
        ["probability", "account_no"], ascending=[False, True], ignore_index=True
    )
    table["rank"] = np.arange(1, len(table) + 1)
    places = round(question.capacity_share * len(table))
    table["is_listed"] = table["rank"] <= places
    table["advice_code"] = payment_risk.advised(table, advice)
    likely = table["probability"] >= table["probability"].mean()
    told = table[likely].head(EXPLAINED)
    table = table.join(event_reasons.reasons(model, told, drivers))
    table["is_listed"] = table["is_listed"].astype(int)
    table["model_name"], table["model_version"] = model.name, model.version
    table["feature_month"] = month
    return typed(table, COLUMNS)


def card(question: Question, trained: Trained, month: date, label_en: str, label_zh: str) -> Card:
    """The card of a model: figures beside the clerk's rule and the base rate."""
    model = trained.model
    words_en, words_zh = report.in_words(trained.figures, question.name, "clerk")
    metrics = {
        f"{row['score']}.{row['measure']}": [
            round(row[name], 6) if row[name] == row[name] else None
            for name in ("value", "low", "high")
        ]
        for row in trained.figures.to_dict("records")
    }
    return Card(
        question.name, model.trained_from, model.trained_to, model.rows, model.features, metrics,
        {
            "candidate": model.candidate, "events": model.events, "base_rate": model.base_rate,
            "kept_share": model.kept_share, "gain_over_the_simplest": trained.gain,
            "horizon_months": question.horizon, "lag_months": question.lag,
            "capacity_share": question.capacity_share,
        },
        f"{label_en}, within 90 days of a month's end. {words_en} Clerk's rule: "
        f"{question.rule_en}. "
        f"Learned from {model.rows:,} account-months with {model.events:,} events until "
        f"{model.trained_to:%Y-%m}; scores {month:%Y-%m}. What the model goes by is no proof of a "
        "cause.",
        f"{label_zh}，月末后90天内。{words_zh}经验规则：{question.rule_zh}。学习样本{model.rows:,}户月、"
        f"事件{model.events:,}个，截至{model.trained_to:%Y-%m}；评分月份{month:%Y-%m}。"
        "模型依据不等于因果。",
    )  # fmt: skip


def card_without(name: str, label_en: str, label_zh: str, why_en: str, why_zh: str) -> Card:
    """The card of a model that could not be made: says why there are no scores."""
    return Card(
        name, None, None, 0, [], {}, {},
        f"{label_en}: no scores. {why_en}.", f"{label_zh}：未评分。{why_zh}。",
    )  # fmt: skip


def extras(name: str, learned: pd.DataFrame, large_kva: float) -> dict:
    """What a model's amounts and kinds need beside its probability, as plain values."""
    if name == payment_risk.NAME:
        return {"severity": payment_risk.severity(learned)}
    return {"kind_shares": churn.kind_shares(learned, large_kva), "large_kva": large_kva}


def amounts(
    model: EventModel, rows: pd.DataFrame, extra: dict, kinds: pd.DataFrame
) -> pd.DataFrame:
    """Probability, amount at risk and kind of each row, by the model's module.

    ``kinds``: seeds/risk_kind.csv.
    """
    if model.name == payment_risk.NAME:
        return payment_risk.score(model, rows, extra["severity"])
    lost = {row["kind"]: float(row["lost_share"]) for row in kinds.to_dict("records")}
    return churn.score(model, rows, extra["kind_shares"], lost, extra["large_kva"])
