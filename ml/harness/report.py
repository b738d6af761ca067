"""A score's figures with intervals, next to the base rate and to the rule a clerk would use."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from ml.harness import measures
from ml.harness.intervals import Bootstrap

# Measure: English and Chinese name. ``k`` is the team's capacity.
LABELS = {
    "precision_at_k": ("precision at capacity", "产能内命中率"),
    "captured_share": ("captured share at capacity", "产能内捕获率"),
    "share_of_best": ("share of the best possible list", "占最优名单比例"),
    "auc": ("ROC AUC", "ROC曲线下面积"),
    "log_loss": ("log loss", "对数损失"),
    "brier": ("Brier score", "布赖尔分数"),
    "calibration_error": ("calibration error", "校准误差"),
}
COLUMNS = ["score", "measure", "value", "low", "high", "rows", "k"]
BASE_RATE = "base_rate"


def figures(
    event: np.ndarray,
    scores: dict[str, np.ndarray],
    k: float,
    *,
    probabilities: tuple[str, ...] = (),
    rules: dict[str, np.ndarray | Callable[[], np.ndarray]] | None = None,
    truth: np.ndarray | None = None,
    base: float | None = None,
    cluster=None,
    strata=None,
    bootstrap: Bootstrap | None = None,
) -> pd.DataFrame:
    """One row per score and measure: score, measure, value, low, high, rows, k.

    ``event``: 1/0 (rows). ``scores``: by name, higher is likelier. ``probabilities``: which of them
    are probabilities; only those have log loss, Brier score and calibration error. ``rules``:
    clerk's rules, as a column of scores (a yes/no rule is 1/0) or a function that returns it.
    ``truth``: the true probability of each row, where a simulator knows it; the best list is then
    the list by it, judged by it, else the list of the events that came. ``base``: the training
    rows' share of events, which is what knowing nothing would say (without it the test rows' own,
    which flatters it). Baselines come first, the base rate before all. Raises ``ValueError`` for a
    null score.
    """
    event = np.asarray(event, dtype=float)
    worth = event if truth is None else np.asarray(truth, dtype=float)
    rules = {name: rule() if callable(rule) else rule for name, rule in (rules or {}).items()}
    known = event.mean() if base is None else base
    every = {BASE_RATE: np.full(len(event), known)} | rules | scores
    bootstrap = bootstrap or Bootstrap()
    rows = []
    for name, score in every.items():
        score = np.asarray(score, dtype=float)
        wanted: dict[str, Callable[[np.ndarray], float]] = {
            "precision_at_k": lambda w, s=score: measures.precision_at(event, s, k, w),
            "captured_share": lambda w, s=score: measures.captured_share(event, s, k, w),
            "share_of_best": lambda w, s=score: measures.share_of_best(worth, s, k, w),
            "auc": lambda w, s=score: measures.auc(event, s, w),
        }
        if name in probabilities or name == BASE_RATE:
            wanted |= {
                "log_loss": lambda w, s=score: measures.log_loss(event, s, w),
                "brier": lambda w, s=score: measures.brier(event, s, w),
                "calibration_error": lambda w, s=score: measures.calibration_error(event, s, w),
            }
        for measure, figure in wanted.items():
            interval = bootstrap.interval(figure, len(event), cluster, strata)
            rows.append([name, measure, *interval, len(event), k])
    return pd.DataFrame(rows, columns=COLUMNS)


def in_words(table: pd.DataFrame, score: str, rule: str) -> tuple[str, str]:
    """A card's sentence on ``score`` beside ``rule`` and the base rate, in English and Chinese.

    ``table``: of ``figures``. Raises ``KeyError`` for a score it does not hold.
    """
    found = table.set_index(["score", "measure"])
    k = float(table["k"].iloc[0])
    english, chinese = [], []
    for measure, (name_en, name_zh) in LABELS.items():
        if (score, measure) not in found.index:
            continue
        value, low, high = found.loc[(score, measure), ["value", "low", "high"]]
        text = f"{value:.3f} [{low:.3f}, {high:.3f}]"
        beside_en, beside_zh = "", ""
        if measure in ("precision_at_k", "captured_share"):
            of_rule = found.loc[(rule, measure), "value"]
            of_base = found.loc[(BASE_RATE, measure), "value"]
            beside_en = f" (clerk's rule {of_rule:.3f}, base rate {of_base:.3f})"
            beside_zh = f"（经验规则{of_rule:.3f}，基准{of_base:.3f}）"
        english.append(f"{name_en} {text}{beside_en}")
        chinese.append(f"{name_zh}{text}{beside_zh}")
    if not english:
        raise KeyError(score)
    rows = int(table["rows"].iloc[0])
    return (
        f"On {rows:,} later rows, capacity {k:g}: " + "; ".join(english) + ".",
        f"在{rows:,}条后期样本上，产能{k:g}：" + "；".join(chinese) + "。",
    )
