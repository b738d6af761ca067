"""The card of the model of anomaly causes."""

import pandas as pd

from ml.anomaly_model import CauseModel, CauseParams
from ml.card import Card, window_start


def card(model: CauseModel | None, accounts: int, cases: pd.DataFrame) -> Card:
    """The card of a run's cases; ``accounts``: how many the model saw (its sample)."""
    params = vars(CauseParams())
    if model is None:
        least = CauseParams().min_accounts
        return Card(
            "anomaly", None, None, 0, [], {"cases": 0}, params,
            f"No anomaly cases: fewer than {least} accounts have 30 weeks of reads to learn from.",
            f"无用电异常案例：有30周以上抄表数据的用户不足{least}户，无法训练模型。",
        )  # fmt: skip
    month = pd.Timestamp(f"{model.month}-01").date()
    counts = cases["cause"].value_counts().sort_index()
    metrics = {
        "accounts_learned_from": accounts,
        "cases": len(cases),
        "cases_to_visit": int(cases["rank"].notna().sum()),
        "cases_by_cause": {name: int(count) for name, count in counts.items()},
    }
    en = (
        f"{len(cases):,} cases, {metrics['cases_to_visit']:,} worth a visit. The model learned "
        f"from {accounts:,} accounts of the branch as they are and with patterns of "
        f"{len(model.classes) - 1} causes planted in them; findings of inspections clear and "
        "close cases. Probabilities rest on the rates of seeds/anomaly_cause.csv. How well it "
        "does on the simulated branch: docs/models/anomaly.md."
    )
    zh = (
        f"共{len(cases):,}个异常案例，其中{metrics['cases_to_visit']:,}个值得现场检查。"
        f"模型以本单位{accounts:,}户的用电及植入的{len(model.classes) - 1}类异常模式训练；"
        "用电检查结果用于排除或结案。各原因概率以 seeds/anomaly_cause.csv 的发生率为先验。"
        "模拟单位上的效果见 docs/models/anomaly.md。"
    )
    return Card(
        "anomaly", window_start(month), month, model.rows, model.features, metrics, params, en, zh
    )
