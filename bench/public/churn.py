"""PowerCo, Telco and the bank: events of customers, by the harness' own choice of model."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedKFold

from bench.public import data
from bench.public.row import Row
from ml.harness import measures
from ml.harness.fitting import Choice, FitParams, candidates, choose
from ml.harness.intervals import Bootstrap
from ml.harness.splits import Split, rolling_origin

SEED = 20260101
LIST_SHARE = 0.1  # a team that can call every tenth customer


def folds(event: np.ndarray, number: int = 5) -> list[Split]:
    """Random folds as splits: these data have no time. The date of a fold means nothing."""
    cut = StratifiedKFold(number, shuffle=True, random_state=SEED).split(event, event)
    none = np.array([], dtype=int)
    return [Split(date(1, 1, i), fit, none, test) for i, (fit, test) in enumerate(cut, 1)]


def rivals(table: pd.DataFrame) -> dict:
    """The harness' candidates, and boosting with deeper trees."""
    deeper = FitParams(iterations=300, leaves=16, min_leaf_rows=20)
    return candidates(table) | {"deeper boosting": candidates(table, deeper)["boosting"]}


def judged(
    name: str,
    event: np.ndarray,
    choice: Choice,
    rule: np.ndarray,
    rule_name: str,
    beside: float | None,
    whose: str,
    bootstrap: Bootstrap,
    note: str = "",
) -> list[Row]:
    """AUC, captured share at capacity and calibration error of the chosen model on its test
    rows."""
    rows = choice.scores["row"].to_numpy()
    y, p = event[rows], choice.scores[choice.name].to_numpy()
    k = round(LIST_SHARE * len(y))
    clerk = measures.captured_share(y, rule[rows], k)
    by = f"chosen: {choice.name}"
    if choice.gain.value:
        by += f"; best rival − logistic {choice.gain}"
    return [
        Row(
            name,
            "ROC AUC",
            bootstrap.interval(lambda w: measures.auc(y, p, w), len(y)),
            beside,
            whose,
            f"{by}. {note}".strip(),
        ),
        Row(
            name,
            f"captured share, list of {k:,} of {len(y):,}",
            bootstrap.interval(lambda w: measures.captured_share(y, p, k, w), len(y)),
            clerk,
            f"clerk: {rule_name}",
            f"base rate {LIST_SHARE:.3f}; precision {measures.precision_at(y, p, k):.3f} where the "
            f"clerk has {measures.precision_at(y, rule[rows], k):.3f} and all {y.mean():.3f}",
        ),
        Row(
            name,
            "calibration error",
            bootstrap.interval(lambda w: measures.calibration_error(y, p, w), len(y)),
            None,
            "",
            f"not calibrated afterwards; chance alone: {measures.calibration_floor(p):.3f}",
        ),
    ]


def powerco(folder: Path, bootstrap: Bootstrap, sample: int | None = None) -> list[Row]:
    """Churn of small businesses, five random folds."""
    table, event = data.powerco(folder)
    table, event = table[:sample], event[:sample]
    choice = choose(rivals(table), table, event, folds(event), bootstrap=bootstrap)
    rule = -table["num_years_antig"].to_numpy(dtype=float)
    return judged(
        "PowerCo", event, choice, rule, "newest customers", 0.70, "write-ups", bootstrap
    )  # fmt: skip


def telco(folder: Path, bootstrap: Bootstrap, sample: int | None = None) -> list[Row]:
    """Churn of telephone customers, five random folds."""
    table, event = data.telco(folder)
    table, event = table[:sample], event[:sample]
    choice = choose(rivals(table), table, event, folds(event), bootstrap=bootstrap)
    monthly = (table["contract"] == "Month-to-month").to_numpy()
    rule = 1000 * monthly - table["tenure"].to_numpy(dtype=float)
    return judged(
        "Telco", event, choice, rule, "monthly contract, newest", 0.845, "public", bootstrap
    )


def bank(folder: Path, bootstrap: Bootstrap, sample: int | None = None) -> list[Row]:
    """Subscriptions by telephone: random folds, the last fifth in time, and month after month.

    ``sample``: every so-manieth row.
    """
    table, event, month = data.bank(folder)
    table, event, month = (part[::sample] for part in (table, event, month))
    table, month = table.reset_index(drop=True), month.reset_index(drop=True)
    bought = (table["poutcome"] == "success").to_numpy(dtype=float)
    rule = "bought before"
    choice = choose(candidates(table), table, event, folds(event), bootstrap=bootstrap)
    rows = judged(
        "Bank, random folds", event, choice, bought, rule, 0.80, "public", bootstrap,
        "A customer's neighbours in time are in training: no forecast.",
    )[:1]  # fmt: skip
    cut = int(0.8 * len(event))
    at, none = np.arange(len(event)), np.array([], dtype=int)
    last = [Split(month[cut].date(), at[:cut], none, at[cut:])]
    # The day and month of a call are no property of a customer, and of the months to come the past
    # year's calls (another script, another list) say little.
    timeless = table.drop(columns=["day", "month"])
    choice = choose(candidates(timeless), timeless, event, last, bootstrap=bootstrap)
    rows += judged(
        "Bank, last fifth in time", event, choice, bought, rule, 0.69, "public", bootstrap,
        f"Without day and month of the call (with them 0.695). Base rate {event[:cut].mean():.3f} "
        f"before, {event[cut:].mean():.3f} after.",
    )  # fmt: skip
    origins = rolling_origin(pd.Series(month), horizon=1, origins=12, min_fit_months=6)
    choice = choose(candidates(timeless), timeless, event, origins, bootstrap=bootstrap)
    rows += judged(
        "Bank, 12 rolling months", event, choice, bought, rule, None, "", bootstrap,
        "Fitted anew each month on the months before.",
    )[:1]  # fmt: skip
    return rows
