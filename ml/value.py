"""Premium and potential customers: what an account brings, and what it could.

Scores are weighted percentiles within the account's category (seeds/value_component.csv), so that a
home is held against homes. They rank; they are no probability. Money rests on margins that people
set (seeds/value_margin.csv).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.card import Card
from ml.event_reasons import FORMATS
from ml.frames import typed

NAME = "value"
SCORES = ("value", "potential")
REASONS = 3
COLUMNS = {
    "account_no": "text",
    "margin_cny_12m": "double",
    "growth": "double",
    "credit": "double",
    "lifetime_value_cny": "double",
    "electrification_kwh": "double",
    "capacity_use": "double",
    **{f"{score}_score": "double" for score in SCORES},
    "is_premium": "integer",
    "is_potential": "integer",
    **{
        f"{score}_reason_{n}_{language}": "text"
        for score in SCORES
        for n in range(1, REASONS + 1)
        for language in ("en", "zh")
    },
    "feature_month": "date",
    "quality_score": "double",
}


@dataclass(frozen=True)
class ValueParams:
    """Settings, each with its reason."""

    years: int = 5  # beyond it nobody plans an account
    discount: float = 0.08  # what a branch's money costs a year
    top_share: float = 0.1  # one in ten of a category is what account managers can look after
    growth_limit: float = 0.2  # a year's change beyond it does not go on for five
    growth_kept: float = 0.5  # half of a year's change is weather and chance that weather leaves
    high_share: float = (
        0.75  # heating and cooling of the upper quarter shows what is usual where electric
    )
    full_share: float = 0.9  # use of capacity that only one in ten of a category reaches
    quarters: int = 4  # a chance to leave within 90 days, in a year


def score(
    rows: pd.DataFrame,
    risk: pd.DataFrame,
    margins: pd.DataFrame,
    components: pd.DataFrame,
    params: ValueParams | None = None,
) -> tuple[pd.DataFrame, Card]:
    """One row an open account (COLUMNS) and the card.

    ``rows``: account_month of one month. ``risk``: account_no, model_name, probability; an account
    or a model without one takes the model's mean, none at all counts as no risk. ``margins``,
    ``components``: the seeds. A figure that is null adds nothing to a score; an account without any
    has none.
    """
    params = params or ValueParams()
    rows = rows[~rows["is_closed"].astype(bool)].sort_values("account_no", ignore_index=True)
    table = rows[["account_no"]].copy()
    chance = {name: _chance(rows, risk, name) for name in ("payment_risk", "churn")}
    margin = rows["category"].map(margins.set_index("category")["margin_cny_per_kwh"].astype(float))
    table["margin_cny_12m"] = rows["usage_kwh_12m"].astype(float) * margin
    table["growth"] = rows["usage_change_yoy"].astype(float)
    table["credit"] = 1 - chance["payment_risk"]
    change = params.growth_kept * table["growth"].fillna(0)
    change = change.clip(-params.growth_limit, params.growth_limit)
    stays = (1 - chance["churn"]) ** params.quarters
    yearly = (1 + change) * stays / (1 + params.discount)
    table["lifetime_value_cny"] = table["margin_cny_12m"] * sum(
        yearly**year for year in range(params.years)
    )
    weather = rows["heating_kwh_12m"].astype(float) + rows["cooling_kwh_12m"].astype(float)
    usual = weather.groupby(rows["category"]).transform(lambda v: v.quantile(params.high_share))
    table["electrification_kwh"] = (usual - weather).clip(lower=0)
    hours = rows["utilisation_hours_12m"].astype(float)
    full = hours.groupby(rows["category"]).transform(lambda v: v.quantile(params.full_share))
    table["capacity_use"] = (hours / full.where(full > 0)).clip(upper=1)
    for name in ("increase_applications_12m", "pv_applications_12m"):
        table[name] = rows[name].astype(float)
    for name in SCORES:
        _add(table, rows["category"], components[components["score"] == name], name)
    for name, flag in zip(SCORES, ("is_premium", "is_potential"), strict=True):
        place = (
            table[f"{name}_score"].groupby(rows["category"]).rank(ascending=False, method="first")
        )
        size = table[f"{name}_score"].groupby(rows["category"]).transform("count")
        table[flag] = (place <= np.floor(params.top_share * size)).astype(int)
    table["quality_score"] = rows["quality_score"].astype(float)
    month = pd.Timestamp(rows["month"].iloc[0]).date() if len(rows) else None
    table["feature_month"] = month
    return typed(table, COLUMNS), _card(table, month, components)


def _chance(rows: pd.DataFrame, risk: pd.DataFrame, name: str) -> pd.Series:
    of = risk[risk["model_name"] == name].set_index("account_no")["probability"].astype(float)
    known = rows["account_no"].map(of) if len(of) else pd.Series(0.0, index=rows.index)
    return known.astype(float).fillna(of.mean() if len(of) else 0.0)


def _add(table: pd.DataFrame, category: pd.Series, rules: pd.DataFrame, name: str) -> None:
    """The score ``name`` and its reasons: strongest components in which the account is in the upper
    half of its category and which it has at all."""
    rules = rules.to_dict("records")
    weights = np.array([float(rule["weight"]) for rule in rules])
    values = np.column_stack([table[rule["column_name"]].astype(float) for rule in rules])
    shares = np.column_stack(
        [
            pd.Series(values[:, c]).groupby(category).rank(pct=True, method="min")
            for c in range(len(rules))
        ]
    )
    # A count of none and no growth are no merit, however many have as little.
    counted = np.where(values > 0, shares, np.where(np.isnan(values), np.nan, 0.0))
    known = ~np.isnan(counted).all(axis=1)
    parts = np.nan_to_num(counted) * weights
    table[f"{name}_score"] = np.where(known, np.round(parts.sum(axis=1) / weights.sum(), 6), np.nan)
    order = np.argsort(-parts, axis=1, kind="stable")
    words = {}
    for place in range(len(table)):
        told = 0
        for column in order[place]:
            if told == REASONS or not counted[place, column] >= 0.5:
                continue
            told += 1
            rule, value = rules[column], values[place, column]
            text = FORMATS[rule["format"]](value)
            above = f"{int(100 * shares[place, column])}%"
            words.setdefault(f"{name}_reason_{told}_en", {})[place] = (
                f"{rule['label_en']}: {text}, at the upper {above} mark of its category"
            )
            words.setdefault(f"{name}_reason_{told}_zh", {})[place] = (
                f"{rule['label_zh']}：{text}，位于同类的{above}分位"
            )
    for n in range(1, REASONS + 1):
        for language in ("en", "zh"):
            column = f"{name}_reason_{n}_{language}"
            table[column] = pd.Series(words.get(column, {}), dtype=object).reindex(table.index)


def _card(table: pd.DataFrame, month, components: pd.DataFrame) -> Card:
    premium, potential = int(table["is_premium"].sum()), int(table["is_potential"].sum())
    weights = {
        f"{row['score']}.{row['column_name']}": float(row["weight"])
        for row in components.to_dict("records")
    }
    return Card(
        NAME, month, month, len(table), sorted(set(components["column_name"])),
        {"premium": premium, "potential": potential},
        {"weights": weights, "margins": "seed value_margin"},
        "Rules, weights and margins set by people: scores rank within a category and are no "
        f"probability. Of {len(table):,} open accounts {premium:,} are premium and {potential:,} "
        "potential.",
        f"规则、权重与单位毛利由业务人员设定，分数仅用于同类排序，不是概率。{len(table):,}个在用户中，"
        f"优质{premium:,}户、潜力{potential:,}户。",
    )  # fmt: skip
