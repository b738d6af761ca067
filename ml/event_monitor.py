"""What is said of an event model each month: who serves (decision), how it does, what has moved."""

from datetime import date

import numpy as np
import pandas as pd

from ml.event_model import EventModel, Question, Trained, inputs, probability
from ml.frames import typed
from ml.harness import measures, report
from ml.harness.champion import decide
from ml.harness.drift import drift
from ml.harness.fairness import by_group
from ml.harness.intervals import Bootstrap

DECISION = {
    "model_name": "text",
    "feature_month": "date",
    "champion_version": "text",
    "challenger_version": "text",
    "is_promoted": "integer",
    "judged_month": "date",
    "rows_judged": "integer",
    "gain": "double",
    "gain_low": "double",
    "gain_high": "double",
    "reason_en": "text",
    "reason_zh": "text",
}
PERFORMANCE = {
    "model_name": "text",
    "feature_month": "date",
    "model_version": "text",
    "judged_month": "date",
    "group_name": "text",
    "group_value": "text",
    "measure": "text",
    "value": "double",
    "value_low": "double",
    "value_high": "double",
    "clerk_value": "double",
    "base_value": "double",
    "value_at_promotion": "double",
    "is_worse": "integer",
    "rows_judged": "integer",
}
DRIFT = {
    "model_name": "text",
    "feature_month": "date",
    "model_version": "text",
    "reference_month": "date",
    "column_name": "text",
    "psi": "double",
    "threshold": "double",
    "is_drifted": "integer",
    "null_share_before": "double",
    "null_share_after": "double",
    "reference_rows": "integer",
    "current_rows": "integer",
}
SCORE = "probability"  # of a drift row: the scores, beside the inputs
# The calendar moves by itself.
NOT_WATCHED = ("month_of_year",)
_GROUP_MEASURES = ("selection_rate", "precision", "captured_share", "calibration_gap")


def decision(
    question: Question,
    month: date,
    champion: EventModel | None,
    trained: Trained,
    newest: pd.DataFrame,
    bootstrap: Bootstrap | None = None,
) -> tuple[bool, pd.DataFrame]:
    """Whether the challenger serves from ``month`` on, and the row that says why (DECISION).

    ``newest``: rows of the newest month with a known label, from which neither has learned. Judged
    by the log loss, which takes order and probability into account.
    """
    row = {
        "model_name": question.name,
        "feature_month": month,
        "challenger_version": trained.model.version,
        "judged_month": trained.newest,
        "rows_judged": len(newest),
    }
    if champion is None:
        row |= {
            "champion_version": None, "is_promoted": 1, "gain": np.nan, "gain_low": np.nan,
            "gain_high": np.nan,
            "reason_en": "the first model: there was no champion to beat",
            "reason_zh": "首个模型，尚无冠军模型",
        }  # fmt: skip
        return True, typed(pd.DataFrame([row]), DECISION)
    event = newest[question.event].astype(bool).to_numpy(dtype=float)
    made = decide(
        event,
        probability(champion, newest),
        probability(trained.model, newest),
        lambda outcome, score, weight=None: measures.log_loss(outcome, score, weight),
        newest["month"],
        higher_is_better=False,
        cluster=newest["account_no"],
        bootstrap=bootstrap,
    )
    row |= {
        "champion_version": champion.version,
        "is_promoted": int(made.promoted),
        "gain": made.gain.value,
        "gain_low": made.gain.low,
        "gain_high": made.gain.high,
        "reason_en": made.reason_en,
        "reason_zh": made.reason_zh,
    }
    return made.promoted, typed(pd.DataFrame([row]), DECISION)


def performance(
    model: EventModel,
    question: Question,
    month: date,
    newest: pd.DataFrame,
    groups: dict[str, pd.Series],
    at_promotion: dict[str, float],
    bootstrap: Bootstrap | None = None,
) -> pd.DataFrame:
    """How the model that serves did on the newest month with a known label (PERFORMANCE).

    ``groups``: by name, a value a row of ``newest`` (area, category, protected …); all rows are the
    group ``all``. ``at_promotion``: its figures then, by measure; worse is what lies beyond the
    interval of now. The list is the team's capacity over all.
    """
    event = newest[question.event].astype(bool).to_numpy(dtype=float)
    chance = probability(model, newest)
    k = round(question.capacity_share * len(newest))
    table = report.figures(
        event,
        {question.name: chance},
        k,
        probabilities=(question.name,),
        rules={"clerk": question.rule(newest)},
        base=model.base_rate,
        cluster=newest["account_no"],
        bootstrap=bootstrap,
    ).set_index(["score", "measure"])
    rows = []
    for measure in table.loc[question.name].index:
        value, low, high = table.loc[(question.name, measure), ["value", "low", "high"]]
        before = at_promotion.get(measure, np.nan)
        better_high = measure not in ("log_loss", "brier", "calibration_error")
        worse = before > high if better_high else before < low
        rows.append(
            {
                "group_name": "all", "group_value": "all", "measure": measure, "value": value,
                "value_low": low, "value_high": high,
                "clerk_value": _or_nan(table, ("clerk", measure)),
                "base_value": _or_nan(table, (report.BASE_RATE, measure)),
                "value_at_promotion": before, "is_worse": int(worse), "rows_judged": len(newest),
            }
        )  # fmt: skip
    for name, group in groups.items():
        found = by_group(
            event, chance, k, group, cluster=newest["account_no"].to_numpy(), bootstrap=bootstrap
        )
        for one in found.to_dict("records"):
            for measure in _GROUP_MEASURES:
                is_gap = measure == "calibration_gap"
                rows.append(
                    {
                        "group_name": name,
                        "group_value": "unknown" if pd.isna(one["group"]) else str(one["group"]),
                        "measure": measure,
                        "value": one[measure],
                        "value_low": one["gap_low"] if is_gap else np.nan,
                        "value_high": one["gap_high"] if is_gap else np.nan,
                        "clerk_value": np.nan,
                        "base_value": one["base_rate"],
                        "value_at_promotion": np.nan,
                        "is_worse": 0,
                        "rows_judged": one["rows"],
                    }
                )
    table = pd.DataFrame(rows)
    table["model_name"], table["feature_month"] = model.name, month
    table["model_version"] = model.version
    table["judged_month"] = pd.Timestamp(newest["month"].iloc[0]).date()
    return typed(table, PERFORMANCE)


def moved(
    model: EventModel, month: date, reference: pd.DataFrame, current: pd.DataFrame
) -> pd.DataFrame:
    """Drift of the model's inputs and of its scores since the newest month it learned from (DRIFT).

    ``reference``, ``current``: rows of account_month of that month and of ``month``, of accounts at
    risk. Empty when either has no rows.
    """
    if reference.empty or current.empty:
        return typed(pd.DataFrame(columns=list(DRIFT)), DRIFT)
    sides = []
    for rows in (reference, current):
        side = inputs(model, rows).drop(columns=list(NOT_WATCHED), errors="ignore")
        side[SCORE] = probability(model, rows)
        sides.append(side)
    table = drift(*sides).rename(columns={"column": "column_name"})
    table["is_drifted"] = table["is_drifted"].astype(int)
    table["model_name"], table["feature_month"] = model.name, month
    table["model_version"], table["reference_month"] = model.version, model.trained_to
    return typed(table, DRIFT)


def _or_nan(table: pd.DataFrame, key: tuple[str, str]) -> float:
    return float(table.loc[key, "value"]) if key in table.index else np.nan
