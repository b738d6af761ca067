"""Churn: who will leave its seller, go silent, close, suspend or reduce in the next 90 days.

The five are one event for the list; ``kinds`` says which of them it would be, by the shares of the
customer's group among past events.
"""

import numpy as np
import pandas as pd

from ml.event_model import EventModel, Question, probability

NAME = "churn"
KINDS = ("leaves", "goes_silent", "closes", "suspends", "reduces")
# Features made here, by name: the column beside its median of month and category.
DERIVED = {
    "peer_change_3m": "usage_change_3m",
    "peer_quarter_to_year": "quarter_to_year_ratio",
    "peer_month_to_year": "month_to_year_ratio",
}
PRIOR = 1.0  # events of each possible kind added to a group's own: one event decides nothing


def question(row: dict) -> Question:
    """The question by its row of seeds/event_model.csv."""
    return Question(
        NAME, row["event"], int(row["horizon_months"]), int(row["lag_months"]),
        float(row["capacity_per_10000"]) / 10_000, use_falls, row["rule_en"], row["rule_zh"],
    )  # fmt: skip


def at_risk(rows: pd.DataFrame) -> pd.Series:
    """Accounts that are still served: open, and read or billed lately (account_month rows).

    Who has gone silent already has nothing left to leave.
    """
    read = rows["months_since_last_read"].astype(float) <= 1
    billed = rows["months_since_last_bill"].astype(float) <= 2
    return ~rows["is_closed"].astype(bool) & (read | billed)


def derived(rows: pd.DataFrame) -> pd.DataFrame:
    """``rows`` with DERIVED: how an account's use moved beside others of its category and month.

    A branch younger than two years has no year before to hold against; beside others the season
    falls out as well. Ratios less one; null where the account's or the median is.
    """
    by = [rows["month"], rows["category"].fillna("")]
    table = rows.copy()
    for name, column in DERIVED.items():
        ratio = rows[column].astype(float) + (1.0 if column.startswith("usage_change") else 0.0)
        usual = ratio.groupby(by).transform("median")
        table[name] = ratio / usual.where(usual > 0) - 1
    return table


def use_falls(rows: pd.DataFrame) -> np.ndarray:
    """The clerk's rule: how far use fell against the year before or, unknown, the quarter before.

    0 where it did not fall or neither is known.
    """
    change = rows["usage_change_yoy"].astype(float)
    change = change.fillna(rows["usage_change_3m"].astype(float)).fillna(0)
    return np.maximum(-change.to_numpy(), 0)


def group(rows: pd.DataFrame, large_kva: float) -> np.ndarray:
    """home, market (firms on the retail market), large (others from ``large_kva`` on) or firm."""
    home = (rows["category"].astype(str) == "residential").to_numpy()
    market = (rows["supply_mode"].astype(str) == "retail_market").to_numpy()
    large = (rows["contract_capacity_kva"].astype(float).fillna(0) >= large_kva).to_numpy()
    return np.select([home, market, large], ["home", "market", "large"], "firm")


def kind_shares(learned: pd.DataFrame, large_kva: float) -> dict:
    """By group, the share of each kind among the events of ``learned`` (columns churn_kind and
    those of ``group``); a kind that the group cannot have gets none."""
    found, groups = {}, group(learned, large_kva)
    for name in ("home", "market", "large", "firm"):
        kind = learned.loc[groups == name, "churn_kind"].dropna()
        counts = {
            k: float((kind == k).sum()) + (PRIOR if name == "market" or k != "leaves" else 0.0)
            for k in KINDS
        }
        total = sum(counts.values())
        found[name] = {k: count / total for k, count in counts.items()}
    return found


def score(model: EventModel, rows: pd.DataFrame, shares: dict, lost: dict, large_kva: float):
    """account_no, probability, amount_at_risk_cny and kind (the likeliest) of each row.

    ``lost``: share of a year's bills that each kind loses (seeds/risk_kind.csv). The amount is
    the expected loss: probability · mean lost share by kind · amount billed in 12 months.
    """
    chance, groups = probability(model, rows), group(rows, large_kva)
    likeliest = {name: max(KINDS, key=lambda k: by[k]) for name, by in shares.items()}
    share_lost = {name: sum(by[k] * lost[k] for k in KINDS) for name, by in shares.items()}
    billed = rows["billed_cny_12m"].astype(float).fillna(0).to_numpy()
    return pd.DataFrame(
        {
            "account_no": rows["account_no"].to_numpy(),
            "probability": chance,
            "amount_at_risk_cny": chance
            * billed
            * pd.Series(groups).map(share_lost).to_numpy(float),
            "kind": pd.Series(groups).map(likeliest).to_numpy(),
        }
    )
