"""A small branch with planted behaviour, and the project's own rule seeds."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.ml import event_branch

SEEDS = Path(__file__).parents[2] / "seeds"

# Centres of the planted groups: kWh a day, winter to summer, days off to workdays, daily variation.
PLANTED = {
    "low": (1.5, 1.2, 1.0, 0.30),
    "weekend": (8.0, 1.3, 1.6, 0.40),
    "winter": (15.0, 3.0, 1.0, 0.60),
    "workday": (40.0, 1.1, 0.5, 0.45),
}


def make_branch(accounts: int = 400, seed: int = 1, noise: float = 0.08, month: str = "2025-12-01"):
    """One month of account_month; column ``truth`` holds the planted group."""
    generator = np.random.default_rng(seed)
    names = list(PLANTED)
    # Only the account number decides the group: another seed is another month of the same branch.
    groups = [names[number % len(names)] for number in range(accounts)]
    centres = np.array([PLANTED[group] for group in groups]).reshape(-1, 4)
    shape = centres * np.exp(generator.normal(0, noise, centres.shape))
    month_rows = pd.DataFrame(
        {
            "account_no": [f"A{number:05d}" for number in range(accounts)],
            "truth": groups,
            "month": pd.Timestamp(month),
            "category": "residential",
            "tariff_kind": "flat",
            "is_closed": False,
            "is_closed_now": False,
            "usable_days_12m": 365,
            "quality_score": 1.0,
            "months_since_last_read": 0,
            "mean_daily_kwh_12m": shape[:, 0],
            "winter_summer_ratio_12m": shape[:, 1],
            "weekend_ratio_12m": shape[:, 2],
            "daily_cv_12m": shape[:, 3],
            "peak_share_12m": np.nan,
            "valley_share_12m": np.nan,
            "base_load_kwh_per_day": shape[:, 0] * 0.6,
            "heating_kwh_per_hdd": generator.normal(0.1, 0.03, accounts),
            "heating_t": generator.normal(2, 1, accounts),
            "weather_r2": generator.uniform(0.0, 0.2, accounts),
            "heating_share_12m": generator.uniform(0, 0.1, accounts),
            "usage_change_yoy": generator.normal(0, 0.05, accounts),
            "late_bill_share_12m": np.nan,
            "mean_days_late_12m": np.nan,
            "billed_cny_12m": np.nan,
            "arrears_cny": np.nan,
        }
    )
    # Whatever else the lead lists name is not known of this branch.
    for seed_name in ("lead_eligibility", "lead_evidence"):
        for column in pd.read_csv(SEEDS / f"{seed_name}.csv", dtype=str)["column_name"]:
            if column not in month_rows:
                month_rows[column] = np.nan
    return month_rows


@pytest.fixture(scope="session")
def branch():
    """The builder, so that each test says which branch it needs."""
    return make_branch


@pytest.fixture(scope="session")
def name_rules():
    return pd.read_csv(SEEDS / "segment_name_rule.csv")


@pytest.fixture
def lead_rules():
    """The seeds lead_product, lead_eligibility, lead_evidence, as ``rank_leads`` takes them."""
    names = ("lead_product", "lead_eligibility", "lead_evidence")
    return {name: pd.read_csv(SEEDS / f"{name}.csv", dtype=str) for name in names}


@pytest.fixture(scope="session")
def event_months():
    """Account-months in which arrears follow planted features."""
    return event_branch.make()


@pytest.fixture(scope="session")
def trained(event_months):
    """A model of payment risk learned from them."""
    return event_branch.trained(event_months)
