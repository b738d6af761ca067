"""Account-months in which arrears follow planted features, with the true chance of each."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from ml import payment_risk
from ml.event_model import Trained, TrainParams, train
from ml.harness.intervals import Bootstrap

SEEDS = Path(__file__).parents[2] / "seeds"
QUICK = TrainParams(bootstrap=Bootstrap(draws=40))


def seed(name: str) -> pd.DataFrame:
    return pd.read_csv(SEEDS / f"{name}.csv", dtype=str)


def row_of(model: str) -> dict:
    return seed("event_model").set_index("model_name", drop=False).loc[model].to_dict()


def drivers_of(model: str) -> pd.DataFrame:
    return seed("event_driver").query("model_name == @model")


def make(accounts: int = 2000, months: int = 14, seed: int = 1) -> pd.DataFrame:
    """Late payers fall into arrears, who pays by debit hardly ever does; homes and firms.

    ``truth`` is the chance; every other column of the driver seeds holds noise or nothing.
    """
    draw = np.random.default_rng(seed)
    late = np.clip(draw.normal(0.15, 0.15, accounts), 0, 1)
    debit = (draw.random(accounts) < 0.3).astype(float)
    firm = draw.random(accounts) < 0.2
    parts = []
    for month in pd.date_range("2025-01-01", periods=months, freq="MS"):
        overdue = np.where(draw.random(accounts) < late, 8, 0)
        chance = expit(-4 + 5 * late + 1.2 * (overdue > 0) - 2.5 * debit)
        event = draw.random(accounts) < chance
        part = pd.DataFrame(
            {
                "account_no": [f"A{number:05d}" for number in range(accounts)],
                "month": month,
                "category": np.where(firm, "commercial", "residential"),
                "supply_mode": np.where(firm, "retail_market", "utility"),
                "org_code": np.where(np.arange(accounts) % 2, "99010101", "99010104"),
                "is_closed": False,
                "bills_12m": 12,
                "months_since_last_read": 0,
                "months_since_last_bill": 1,
                "late_bill_share_12m": late,
                "oldest_overdue_days": overdue,
                "debit_payment_share_12m": debit,
                # Who is late sometimes is very late: a rule that says something, and less.
                "very_late_bills_12m": draw.binomial(3, late * 0.4),
                "mean_bill_cny_12m": np.where(firm, 900.0, 90.0),
                "billed_cny_12m": np.where(firm, 10_800.0, 1_080.0),
                "contract_capacity_kva": np.where(firm, 160.0, 8.0),
                "complaints_3m": 0,
                "is_protected": False,
                "quality_score": 1.0,
                "usage_change_yoy": draw.normal(0, 0.1, accounts),
                "usage_change_3m": draw.normal(0, 0.1, accounts),
                "zero_day_share_3m": 0.0,
                "utilisation_hours_12m": 1000.0,
                "arrears_in_90_days": event,
                "arrears_billed_cny": np.where(event, 1.5, 0) * np.where(firm, 900.0, 90.0),
                "churns_in_90_days": event & firm,
                "churn_kind": np.where(event & firm, "leaves", None),
                "truth": chance,
            }
        )
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    named = set(seed_columns()) - set(table.columns)
    for name in sorted(named):
        table[name] = draw.normal(0, 1, len(table))
    return table


def seed_columns() -> list[str]:
    return list(seed("event_driver")["column_name"].unique())


QUESTION = payment_risk.question(row_of("payment_risk"))
FEATURES = list(drivers_of("payment_risk")["column_name"])


def halves(table: pd.DataFrame, kept: float = 1.0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What a run may learn from and what it is judged by, of months up to the newest label."""
    months = np.sort(table["month"].unique())
    newest = months[-1]
    learned = table[table["month"] <= newest - pd.DateOffset(months=QUESTION.matures)]
    draw = np.random.default_rng(0).random(len(learned))
    learned = learned[learned["arrears_in_90_days"] | (draw < kept)]
    return learned, table[table["month"] >= months[-3]]


def trained(table: pd.DataFrame, kept: float = 1.0) -> Trained:
    return train(*halves(table, kept), QUESTION, FEATURES, kept, QUICK)
