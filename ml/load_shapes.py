"""Load-shape segments: at which hours an account uses energy, by rules that people can read.

Nearly all accounts are read by windows of the day, not by hours; what windows can tell apart is a
handful of shapes, and these have names, numbers and edges in a list (seed load_shape) instead of
being found anew each month. Numbers are stable because they are given; memberships are because an
account near an edge keeps last month's shape.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from ml.card import Card, window_start
from ml.frames import typed
from ml.harness.drift import psi

COLUMNS = {
    "account_no": "text",
    "shape_id": "integer",
    "shape_code": "text",
    "previous_shape_code": "text",
    "basis": "text",
    "valley_share": "double",
    "weekend_ratio": "double",
    "unscored_reason": "text",
    "feature_month": "date",
}
VALLEY_HOURS = range(8)
FEATURES = ["valley_share", "weekend_ratio", "export_share"]


@dataclass(frozen=True)
class ShapeParams:
    """Settings, each with its reason."""

    min_usable_days: int = 90  # a quarter: less is a season
    slack: float = 0.03  # beyond an edge before a shape is left: twice what a month moves a share


@dataclass
class ShapeResult:
    """``table``: COLUMNS, one row an account."""

    table: pd.DataFrame
    card: Card


def load_shapes(
    months: pd.DataFrame,
    curves: pd.DataFrame,
    rules: pd.DataFrame,
    params: ShapeParams | None = None,
) -> ShapeResult:
    """The shape of each account of the newest month, and the month before's.

    ``months``: rows of account_month of one or several months in a row (account_no, month,
    category, usable_days_12m, valley_share_12m, weekend_ratio_12m, export_kwh_12m, usage_kwh_12m,
    is_closed). ``curves``: rows of fct_load_shape, for accounts without registers. ``rules``: the
    seed load_shape. Raises ``ValueError`` for an account twice in a month.
    """
    params = params or ShapeParams()
    if months.duplicated(["account_no", "month"]).any():
        raise ValueError("an account occurs twice in a month")
    if months.empty:
        return ShapeResult(_typed(_empty()), _card(None, _empty(), rules, params))
    days = sorted(pd.to_datetime(months["month"]).unique())
    previous: pd.Series | None = None
    before = None
    for day in days:
        part = months[pd.to_datetime(months["month"]) == day].sort_values("account_no")
        before = previous
        table = _of_month(part, curves, rules, previous, params)
        previous = table.set_index("account_no")["shape_code"]
    earlier = before.reindex(table["account_no"]).to_numpy() if before is not None else None
    table = table.assign(previous_shape_code=earlier, feature_month=days[-1].date())
    return ShapeResult(_typed(table), _card(days[-1].date(), table, rules, params))


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    return typed(table.astype({"shape_code": object}).replace({np.nan: None}), COLUMNS)


def _empty() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS})


def _of_month(part, curves, rules, previous, params: ShapeParams) -> pd.DataFrame:
    part = part.reset_index(drop=True)
    numbers = _features(part, curves)
    chosen = _chosen(part, numbers, rules, 0.0)
    if previous is not None:
        # Who still fits last month's shape with its edges moved out by the slack keeps it.
        was = previous.reindex(part["account_no"]).to_numpy()
        for rule in rules.itertuples(index=False):
            fits = (was == rule.shape_code) & _fits(part, numbers, rule, params.slack)
            chosen = np.where(fits, rule.shape_id, chosen)
    short = pd.to_numeric(part["usable_days_12m"]).fillna(0) < params.min_usable_days
    reason = pd.Series(None, index=part.index, dtype=object)
    reason[chosen == 0] = "neither registers nor a curve"
    reason[short] = f"fewer than {params.min_usable_days} usable days in twelve months"
    reason[part["is_closed"].astype(bool)] = "account closed"
    scored = reason.isna()
    codes = rules.set_index("shape_id")["shape_code"]
    return pd.DataFrame(
        {
            "account_no": part["account_no"],
            "shape_id": pd.Series(chosen, dtype="Int32").where(scored),
            "shape_code": pd.Series(chosen).map(codes).where(scored),
            "basis": numbers["basis"].where(scored),
            "valley_share": numbers["valley_share"],
            "weekend_ratio": numbers["weekend_ratio"],
            "unscored_reason": reason,
        }
    )


def _features(part: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    registers = pd.to_numeric(part["valley_share_12m"]).astype(float)
    by_curve = pd.Series(np.nan, index=part.index)
    if len(curves):
        hours = curves.set_index("account_no")[[f"workday_h{h:02d}_share" for h in VALLEY_HOURS]]
        by_curve = hours.astype(float).sum(axis=1, min_count=8).reindex(part["account_no"])
        by_curve.index = part.index
    usage = pd.to_numeric(part["usage_kwh_12m"]).astype(float)
    export = pd.to_numeric(part["export_kwh_12m"]).astype(float).fillna(0)
    return pd.DataFrame(
        {
            "valley_share": registers.fillna(by_curve),
            "weekend_ratio": pd.to_numeric(part["weekend_ratio_12m"]).astype(float),
            "export_share": export / usage.where(usage > 0),
            "basis": np.where(
                registers.notna(), "registers", np.where(by_curve.notna(), "curve", None)
            ),
        }
    )


def _chosen(part, numbers, rules, slack: float) -> np.ndarray:
    chosen = np.zeros(len(part), dtype=int)
    ordered = rules.astype({"priority": int}).sort_values(["applies_to", "priority"])
    for rule in ordered.itertuples(index=False):
        fits = (chosen == 0) & _fits(part, numbers, rule, slack)
        chosen = np.where(fits, int(rule.shape_id), chosen)
    return chosen


def _fits(part, numbers, rule, slack: float) -> np.ndarray:
    home = (part["category"] == "residential").to_numpy()
    value = numbers[rule.feature].to_numpy(dtype=float)
    known = np.isfinite(value) & np.isfinite(numbers["valley_share"].to_numpy(dtype=float))
    low = _limit(rule.at_least, -np.inf) - slack
    high = _limit(rule.below, np.inf) + slack
    return (home == (rule.applies_to == "home")) & known & (value >= low) & (value < high)


def _limit(value, default: float) -> float:
    return default if value is None or pd.isna(value) or value == "" else float(value)


def _moved(both: pd.DataFrame) -> float:
    """PSI of the shares of the shapes since the month before."""
    codes = sorted(set(both["shape_code"]) | set(both["previous_shape_code"]))
    before, after = (
        both[name].value_counts().reindex(codes, fill_value=0).to_numpy(dtype=float)
        for name in ("previous_shape_code", "shape_code")
    )
    return psi(before, after)


def _card(month, table, rules, params: ShapeParams) -> Card:
    scored = table[table["shape_code"].notna()]
    both = scored[scored["previous_shape_code"].notna()]
    changed = (both["shape_code"] != both["previous_shape_code"]).mean() if len(both) else None
    metrics = {
        "rows_scored": len(scored),
        "rows_unscored": len(table) - len(scored),
        "changed_since_month_before": changed,
        "ari_to_month_before": adjusted_rand_score(both["shape_code"], both["previous_shape_code"])
        if len(both)
        else None,
        "psi_to_month_before": _moved(both) if len(both) else None,
        "accounts_by_shape": {
            str(code): int(count) for code, count in scored["shape_code"].value_counts().items()
        },
    }
    if scored.empty:
        en = "No load shapes: no account has registers by time of day or a curve, over a quarter."
        zh = "无负荷形态分群：没有用户具备一个季度以上的分时电量或负荷曲线。"
    else:
        told = f"{changed:.1%}" if changed is not None else "–"
        en = (
            f"{len(scored):,} accounts in {scored['shape_code'].nunique()} load shapes by the "
            f"rules of seeds/load_shape.csv; {told} changed since the month before. Rules, not a "
            "fitted model: what windows of the day tell apart. Figures: "
            "docs/models/load-shapes.md."
        )
        zh = (
            f"按 seeds/load_shape.csv 的规则将{len(scored):,}户分为"
            f"{scored['shape_code'].nunique()}种负荷形态；较上月变动{told}。"
            "此为规则而非拟合模型，效果见 docs/models/load-shapes.md。"
        )
    return Card(
        "load_shapes", window_start(month), month, len(scored), FEATURES, metrics,
        vars(params) | {"rules": len(rules)}, en, zh,
    )  # fmt: skip
