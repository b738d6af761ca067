"""Lead lists: which accounts to offer a product first, and why.

Knowledge-based scoring, open to the eye: the lists ``lead_eligibility`` (who may be asked at all)
and ``lead_evidence`` (what speaks for the product) are seeds that people edit. A score is the
weighted mean of an account's percentiles among the eligible, times the quality of its inputs. It
ranks; it is no probability. Outcomes will replace the weights once they come back.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ml.card import Card
from ml.frames import typed
from ml.lead_rules import LeadRuleError, check, eligible, limit, wording

__all__ = ["COLUMNS", "LeadResult", "LeadRuleError", "rank_leads"]

REASONS = 3
COLUMNS = {
    "account_no": "text",
    "product_code": "text",
    "rank": "integer",
    "score": "double",
    **{
        f"reason_{n}_{language}": "text" for n in range(1, REASONS + 1) for language in ("en", "zh")
    },
    "segment_id": "integer",
    "quality_score": "double",
    "feature_month": "date",
}


@dataclass
class LeadResult:
    """``notes`` says, by product, why it has no leads or which evidence was missing."""

    leads: pd.DataFrame
    card: Card
    notes: dict[str, str] = field(default_factory=dict)


def rank_leads(
    features: pd.DataFrame,
    segments: pd.DataFrame,
    products: pd.DataFrame,
    eligibility: pd.DataFrame,
    evidence: pd.DataFrame,
) -> LeadResult:
    """Ranked leads of all products for one month.

    ``features``: rows of account_month of one month, with ``tariff_kind``. ``segments``: columns
    account_no and segment_id. The others are the seeds lead_product, lead_eligibility,
    lead_evidence. ``leads`` has COLUMNS, rank 1 = best within its product; ties go by account
    number, so the order of rows does not matter. Raises ``LeadRuleError`` for a rule that can't be
    used, ``ValueError`` for repeated accounts.
    """
    if features["account_no"].duplicated().any():
        raise ValueError("rank_leads: an account occurs twice; pass one month of account_month")
    features = features.sort_values("account_no", ignore_index=True)
    month = pd.Timestamp(features["month"].iloc[0]).date() if len(features) else None
    parts, notes, counts = [], {}, {}
    for product in products.to_dict("records"):
        code = product["product_code"]
        rules = eligibility[eligibility["product_code"] == code]
        proofs = evidence[evidence["product_code"] == code]
        check(code, rules, proofs, features)
        known = [name for name in proofs["column_name"] if features[name].notna().any()]
        missing = [name for name in proofs["column_name"] if name not in known]
        remarks = [f"the data has no {', '.join(missing)}"] if missing else []
        part = None
        if known:
            candidates = features[eligible(features, rules)]
            part = _score(candidates, proofs[proofs["column_name"].isin(known)], product)
            parts.append(part)
            remarks = remarks if len(part) else ["no leads: no account is eligible", *remarks]
        else:
            remarks = ["no leads", *remarks]
        counts[code] = 0 if part is None else len(part)
        if remarks:
            notes[code] = "; ".join(remarks)
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
    table["segment_id"] = table["account_no"].map(segments.set_index("account_no")["segment_id"])
    table["feature_month"] = month
    card = _card(month, features, evidence, counts, notes)
    return LeadResult(typed(table, COLUMNS), card, notes)


def _score(candidates: pd.DataFrame, proofs: pd.DataFrame, product: dict) -> pd.DataFrame:
    rules = proofs.to_dict("records")
    weights = np.array([float(rule["weight"]) for rule in rules])
    values = np.column_stack([candidates[rule["column_name"]].astype(float) for rule in rules])
    shares = np.column_stack(
        [_percentile(values[:, column], rule) for column, rule in enumerate(rules)]
    )
    # An unknown value proves nothing: it adds nothing, while its weight stays in the sum.
    parts = np.nan_to_num(shares) * weights
    score = parts.sum(axis=1) / weights.sum()
    quality = candidates["quality_score"].astype(float).fillna(0.0).to_numpy()
    if str(product["weigh_by_quality"]).lower() == "true":
        score = score * quality
    table = pd.DataFrame(
        {
            "account_no": candidates["account_no"].to_numpy(),
            "product_code": product["product_code"],
            "score": np.round(score, 6),
            "quality_score": quality,
        }
    )
    reasons = [
        _reasons(rules, values[row], shares[row], parts[row]) for row in range(len(candidates))
    ]
    table = table.join(pd.DataFrame(reasons, columns=[c for c in COLUMNS if c[:7] == "reason_"]))
    # Nobody could tell the customer why.
    table = table[table["reason_1_en"].notna()]
    table = table.sort_values(["score", "account_no"], ascending=[False, True], ignore_index=True)
    table["rank"] = np.arange(1, len(table) + 1)
    return table


def _percentile(values: np.ndarray, rule: dict) -> np.ndarray:
    """Share of the candidates that have less of the evidence, ties at their middle.

    NaN where the value is unknown or does not reach ``counts_from``.
    """
    sign = 1 if rule["direction"] == "high" else -1
    signed = pd.Series(values * sign)
    share = (signed.rank(method="average") - 0.5) / max(signed.notna().sum(), 1)
    return share.where(signed >= limit(rule) * sign).to_numpy()


def _reasons(rules: list[dict], values, shares, parts) -> dict[str, str]:
    """The strongest evidence in words: what the account has more of than half of the candidates.

    If there is no such evidence, the one strongest.
    """
    order = [column for column in np.argsort(-parts, kind="stable") if shares[column] >= 0]
    telling = [column for column in order if shares[column] >= 0.5][:REASONS] or order[:1]
    return {
        f"reason_{place}_{language}": wording(
            rules[column], language, values[column], shares[column]
        )
        for place, column in enumerate(telling, start=1)
        for language in ("en", "zh")
    }


def _card(month, features, evidence, counts, notes) -> Card:
    listed = ", ".join(f"{code} {count}" for code, count in counts.items())
    remarks = "; ".join(f"{code}: {note}" for code, note in notes.items()) or "none"
    weights = {
        code: {row["column_name"]: float(row["weight"]) for row in group.to_dict("records")}
        for code, group in evidence.groupby("product_code")
    }
    return Card(
        "lead_candidates",
        month,
        month,
        len(features),
        sorted(set(evidence["column_name"])),
        {"leads": counts, "notes": notes},
        {"weights": weights, "rules": "seeds lead_product, lead_eligibility, lead_evidence"},
        "Rules and weights set by people, not learned from outcomes: the score ranks, it is no "
        f"probability. Leads by product: {listed}. Remarks: {remarks}.",
        f"规则与权重由业务人员设定，尚未用营销结果训练：分数只用于排序，不是概率。各产品线索数：{listed}。"
        f"备注：{remarks}。",
    )
