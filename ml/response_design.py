"""Account features as numbers of one scale, and penalised logistic regressions on them.

The transform is learned once for all products, so that scoring is a matrix product: 12 pipelines
with a transform each would take 12 times as long.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit, log_expit, ndtri

# Counts of twelve months, of which a row saw ``known_months``: fewer in a branch's first year.
COUNTS = (
    "app_events_12m",
    "app_tariff_views_12m",
    "collection_actions_12m",
    "orders_12m",
    "complaints_12m",
    "enrolments_12m",
    "accepted_offers_12m",
    "interested_answers_12m",
    "declined_offers_12m",
    "opt_outs_12m",
    "touches_12m",
    "outages_12m",
    "increase_applications_12m",
)
# Columns of account_month that may speak for a product or for how people take contact; those that
# a branch lacks are left out. Whoever adds one needs to change nothing else.
NUMBERS = (
    "tenure_months",
    "contract_capacity_kva",
    "voltage_kv",
    "mean_daily_kwh_12m",
    "zero_day_share_12m",
    "daily_cv_12m",
    "weekend_ratio_12m",
    "winter_summer_ratio_12m",
    "peak_share_12m",
    "valley_share_12m",
    "night_share_3m",
    "export_ratio_12m",
    "base_load_share_12m",
    "heating_share_12m",
    "cooling_share_12m",
    "usage_change_yoy",
    "utilisation_hours_12m",
    "mean_price_cny_per_kwh_12m",
    "mean_bill_cny_12m",
    "late_bill_share_12m",
    "mean_days_late_12m",
    "arrears_in_bills",
    "digital_payment_share_12m",
    "counter_payment_share_12m",
    "debit_payment_share_12m",
    "prepaid_payment_share_12m",
    "app_payments_3m",
    "mean_satisfaction_12m",
    "mean_survey_score_12m",
    "touches_3m",
    *COUNTS,
)
LEVELS = ("category", "tariff_kind", "supply_mode", "org_code")
KNOWN = "known_months"
# Shares of few events: drawn to the branch's share, as if ``_PRIOR`` more events had it.
SHARES = {
    "tariff_view_share_12m": (("app_tariff_views_12m",), "app_events_12m"),
    "refusal_share_12m": (("declined_offers_12m", "opt_outs_12m"), "touches_12m"),
}
_PRIOR = 5.0
_GRID = np.linspace(0, 1, 101)
_FURTHEST = 2.5  # standard deviations: a single odd account must not carry a coefficient


@dataclass
class Design:
    """How features become columns: quantiles of each number, levels of each text.

    ``numbers``: name to quantiles (101). ``levels``: name to its levels. ``shares``: the branch's
    share of each of ``SHARES``. A null number is the median and has a column of its own.
    """

    numbers: dict[str, np.ndarray]
    levels: dict[str, list[str]]
    shares: dict[str, float]

    @classmethod
    def of(cls, table: pd.DataFrame, rare: int = 20) -> "Design":
        """Learned from rows of account_month; levels of fewer than ``rare`` rows are none."""
        numbers, shares = {}, {}
        for name, (parts, whole) in SHARES.items():
            if {*parts, whole} <= set(table.columns):
                several = np.nansum(_numbers(table[whole]))
                shares[name] = float(np.nansum(_total(table, parts)) / max(several, 1.0))
        for name in (*(n for n in NUMBERS if n in table.columns), *shares):
            values = _values(table, name, shares)
            values = values[~np.isnan(values)]
            if len(values) and values.min() < values.max():
                numbers[name] = np.quantile(values, _GRID)
        levels = {}
        for name in (n for n in LEVELS if n in table.columns):
            counts = table[name].value_counts()
            levels[name] = sorted(str(v) for v in counts[counts >= rare].index)
        return cls(numbers, levels, shares)

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        known = [part for name in self.numbers for part in (name, f"{name} unknown")]
        return known + [f"{name}={v}" for name, values in self.levels.items() for v in values]

    @property
    def reads(self) -> set[str]:
        """Columns of account_month that the matrix is made of."""
        of_shares = {c for name in self.shares for c in (*SHARES[name][0], SHARES[name][1])}
        return ({*self.numbers, *self.levels} - set(self.shares)) | of_shares

    def matrix(self, table: pd.DataFrame) -> np.ndarray:
        """Rows × columns (single precision): normal scores of ranks, and ones for levels."""
        out = np.zeros((len(table), len(self.names)), dtype=np.float32)
        at = 0
        for name, grid in self.numbers.items():
            values = _values(table, name, self.shares)
            unknown = np.isnan(values)
            # Between both ends of a tie: most counts are 0, and 0 has one place.
            low = np.interp(values, grid, _GRID)
            high = np.interp(-values, -grid[::-1], _GRID)
            score = ndtri(np.clip((low + 1 - high) / 2, 0.0062, 0.9938))
            out[:, at] = np.where(unknown, 0, np.clip(score, -_FURTHEST, _FURTHEST))
            out[:, at + 1] = unknown
            at += 2
        for name, values in self.levels.items():
            text = table[name].astype(object).to_numpy()
            for value in values:
                out[:, at] = text == value
                at += 1
        return out


def _numbers(column: pd.Series) -> np.ndarray:
    return column.to_numpy(dtype=float, na_value=np.nan)


def _total(table: pd.DataFrame, names: tuple[str, ...]) -> np.ndarray:
    return np.sum([_numbers(table[name]) for name in names], axis=0)


def _values(table: pd.DataFrame, name: str, shares: dict[str, float]) -> np.ndarray:
    """A column of the table, or a share drawn to the branch's."""
    if name in COUNTS and KNOWN in table.columns:
        return _numbers(table[name]) * 12 / np.clip(_numbers(table[KNOWN]), 1, 12)
    if name not in shares:
        return _numbers(table[name])
    parts, whole = SHARES[name]
    return (_total(table, parts) + _PRIOR * shares[name]) / (_numbers(table[whole]) + _PRIOR)


def fit_logistic(
    X: np.ndarray,
    event: np.ndarray,
    spread: np.ndarray,
    weight: np.ndarray | None = None,
    offset: np.ndarray | None = None,
) -> np.ndarray:
    """Coefficients (columns of ``X``) of a logistic regression with a normal prior on each.

    ``spread``: the prior's standard deviation, infinite for none. ``offset``: log-odds that are
    known. Rows without events or with nothing but events still have an answer where every column
    has a prior.
    """
    X = np.asarray(X, dtype=np.float64)
    event = np.asarray(event, dtype=np.float64)
    weight = np.ones(len(event)) if weight is None else np.asarray(weight, dtype=np.float64)
    offset = np.zeros(len(event)) if offset is None else np.asarray(offset, dtype=np.float64)
    penalty = 1 / np.square(spread)

    def loss(beta: np.ndarray) -> tuple[float, np.ndarray]:
        logit = offset + X @ beta
        value = -np.sum(weight * (log_expit(logit) - (1 - event) * logit))
        slope = X.T @ (weight * (expit(logit) - event)) + penalty * beta
        return value + 0.5 * np.sum(penalty * beta * beta), slope

    return minimize(loss, np.zeros(X.shape[1]), jac=True, method="L-BFGS-B").x


def log_odds(p: np.ndarray) -> np.ndarray:
    """ln(p ÷ (1 − p)), kept finite."""
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))
