"""Payment risk: who will owe a bill 30 days after it was due, how much, and what collection may do.

The list is for collection, never for sales. Advice follows the seed risk_advice: the first whose
conditions hold; protected customers come first in it and are never threatened with disconnection.
"""

import numpy as np
import pandas as pd

from ml.event_model import EventModel, Question, probability
from ml.lead_rules import eligible

NAME = "payment_risk"
DERIVED: dict[str, str] = {}  # features made here: none


def question(row: dict) -> Question:
    """The question by its row of seeds/event_model.csv."""
    return Question(
        NAME, row["event"], int(row["horizon_months"]), int(row["lag_months"]),
        float(row["capacity_per_10000"]) / 10_000, had_arrears, row["rule_en"], row["rule_zh"],
    )  # fmt: skip


def at_risk(rows: pd.DataFrame) -> pd.Series:
    """Accounts that can owe: open and billed within 12 months (account_month rows)."""
    return ~rows["is_closed"].astype(bool) & (rows["bills_12m"].fillna(0) > 0)


def derived(rows: pd.DataFrame) -> pd.DataFrame:
    """``rows`` as they are: the model needs no feature beyond account_month."""
    return rows


def had_arrears(rows: pd.DataFrame) -> np.ndarray:
    """The clerk's rule: bills of 12 months that were more than 30 days late."""
    return rows["very_late_bills_12m"].fillna(0).to_numpy(dtype=float)


def severity(learned: pd.DataFrame) -> float:
    """Billed amount that became arrears, in usual bills of the account, over rows with the event.

    NaN without an event whose usual bill is known.
    """
    late = learned[learned["arrears_in_90_days"].astype(bool)]
    usual = late["mean_bill_cny_12m"].astype(float)
    known = usual > 0
    amount = late.loc[known, "arrears_billed_cny"].astype(float).sum()
    return float(amount / usual[known].sum()) if known.any() else float("nan")


def amount_at_risk(chance: np.ndarray, rows: pd.DataFrame, factor: float) -> np.ndarray:
    """Expected billed amount to become arrears in CNY: probability · ``factor`` · usual bill."""
    return chance * factor * rows["mean_bill_cny_12m"].astype(float).fillna(0).to_numpy()


def score(model: EventModel, rows: pd.DataFrame, factor: float) -> pd.DataFrame:
    """account_no, probability, amount_at_risk_cny and kind of each row that can owe."""
    chance = probability(model, rows)
    return pd.DataFrame(
        {
            "account_no": rows["account_no"].to_numpy(),
            "probability": chance,
            "amount_at_risk_cny": amount_at_risk(chance, rows, factor),
            "kind": "arrears",
        }
    )


def advised(rows: pd.DataFrame, rules: pd.DataFrame) -> np.ndarray:
    """Code of the first advice of the seed (one model's rows, by priority) that fits each row.

    ``rows``: account_month with ``probability``, ``kind``, ``rank`` and ``is_listed``. An advice
    holds where all its conditions do (operators of ml.lead_rules).
    """
    code = np.full(len(rows), None, dtype=object)
    for advice, group in sorted(
        rules.groupby("advice_code"), key=lambda item: int(item[1]["priority"].iloc[0])
    ):
        fits = eligible(rows, group.assign(any_of=group["column_name"]))
        code[fits.to_numpy() & pd.isna(code)] = advice
    return code
