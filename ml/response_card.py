"""The card of the response model, or of its absence."""

from datetime import date

from ml.card import Card, window_start
from ml.response import ResponseModel

NAME = "response"


def missing_card(month: date | None, reason: tuple[str, str]) -> Card:
    """No model, and why, in English and Chinese."""
    return Card(
        NAME,
        None,
        month,
        0,
        [],
        {"scores": 0},
        {},
        f"No response scores: {reason[0]}. Leads keep the rules of people.",
        f"暂无响应得分：{reason[1]}。线索仍按业务规则生成。",
    )


def card(model: ResponseModel, scores: int) -> Card:
    """What the model learned from and how it did on later quarters; ``scores``: rows written."""
    m = model.metrics
    qini = m.get("qini", {})
    if qini:
        value, low, high = (1000 * v for v in qini["odds"])
        other = 1000 * qini["propensity"][0]
        judged_en = (
            f"On {m['test_touches']:,} later touches ({m['test_events']} enrolments): Qini "
            f"{value:.2f} [{low:.2f}, {high:.2f}] per 1,000, by chance when contacted alone "
            f"{other:.2f}"
        )
        judged_zh = (
            f"在{m['test_touches']:,}次后期触达（签约{m['test_events']}笔）上：每千次Qini为"
            f"{value:.2f} [{low:.2f}, {high:.2f}]，仅按响应概率排序为{other:.2f}"
        )
    else:
        judged_en, judged_zh = "No later quarter could judge it", "尚无后期样本可供检验"
    return Card(
        NAME,
        window_start(model.trained_to),
        model.trained_to,
        int(m["touches"]),
        sorted([*model.design.numbers, *model.design.levels]),
        m | {"scores": scores},
        {"model": model.name, "products": model.products, "channels": model.channels},
        f"Learned from {m['treated']:,} contacts with {m['treated_enrolled']} enrolments and "
        f"{m['heldout']:,} accounts held out with {m['heldout_enrolled']}. {judged_en}. Uplift is "
        "what contact adds in 60 days and may be negative; it holds for offers like those of the "
        "past.",
        f"训练样本：触达{m['treated']:,}次、签约{m['treated_enrolled']}笔，对照{m['heldout']:,}户、"
        f"签约{m['heldout_enrolled']}笔。{judged_zh}。增益为触达后60天内的净增签约概率，可为负。",
    )
