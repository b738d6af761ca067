"""Lead lists: which accounts to offer a product first, and why.

Knowledge-based scoring, open to the eye: the lists ``lead_eligibility`` (who may be asked at all)
and ``lead_evidence`` (what speaks for the product) are seeds that people edit. A score is the
weighted mean of an account's percentiles among the eligible, times the quality of its inputs. It
ranks; it is no probability. Outcomes will replace the weights once they come back.
"""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from ml.card import Card

REASONS = 3
COLUMNS = [
    "account_no",
    "product_code",
    "rank",
    "score",
    *[f"reason_{n}_{language}" for n in range(1, REASONS + 1) for language in ("en", "zh")],
    "segment_id",
    "quality_score",
    "feature_month",
]


class LeadRuleError(ValueError):
    """A seed names a column or an operator that does not exist: says which row."""


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
    lead_evidence (all text). ``leads`` has COLUMNS, rank 1 = best within its product; ties go by
    account number, so the order of rows does not matter. Raises ``LeadRuleError`` for a rule that
    can't be read.
    """
    features = features.sort_values("account_no", ignore_index=True)
    month = pd.Timestamp(features["month"].iloc[0]).date() if len(features) else date(1, 1, 1)
    parts, notes, counts = [], {}, {}
    for product in products.to_dict("records"):
        code = product["product_code"]
        rules = eligibility[eligibility["product_code"] == code]
        proofs = evidence[evidence["product_code"] == code]
        _check(code, rules, proofs, features)
        known = [column for column in proofs["column_name"] if features[column].notna().any()]
        if missing := [column for column in proofs["column_name"] if column not in known]:
            notes[code] = f"the data has no {', '.join(missing)}"
        if not known:
            counts[code] = 0
            notes[code] = f"no leads: {notes[code]}"
            continue
        candidates = features[_eligible(features, rules)]
        counts[code] = len(candidates)
        if candidates.empty:
            notes[code] = "no leads: no account is eligible" + (
                f"; {notes[code]}" if code in notes else ""
            )
            continue
        usable = proofs[proofs["column_name"].isin(known)]
        parts.append(_score(candidates, usable, product))
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)
    ids = segments.set_index("account_no")["segment_id"]
    table["segment_id"] = pd.array(table["account_no"].map(ids), "Int32")
    table["feature_month"] = month
    table["rank"] = table["rank"].astype("Int32")
    for column in ("score", "quality_score"):
        table[column] = table[column].astype("float64")
    return LeadResult(table[COLUMNS], _card(month, features, evidence, counts, notes), notes)


def _check(code: str, rules: pd.DataFrame, proofs: pd.DataFrame, features: pd.DataFrame) -> None:
    for seed, table in (("lead_eligibility", rules), ("lead_evidence", proofs)):
        for column in table["column_name"]:
            if column not in features.columns:
                raise LeadRuleError(
                    f"seeds/{seed}.csv, {code}: account_month has no column {column!r}"
                )
    for rule in rules.to_dict("records"):
        if rule["operator"] not in _OPERATORS:
            raise LeadRuleError(
                f"seeds/lead_eligibility.csv, {code}.{rule['column_name']}: operator "
                f"{rule['operator']!r} is not one of {', '.join(_OPERATORS)}"
            )


def _at_least_in_category(features: pd.DataFrame, column: str, value: str) -> pd.Series:
    ranks = features[column].astype(float).groupby(features["category"]).rank(pct=True)
    return ranks >= float(value)


def _between(features: pd.DataFrame, column: str, value: str) -> pd.Series:
    low, high = (float(part) for part in value.split("|"))
    return features[column].astype(float).between(low, high)


# What a rule's operator means; an unknown value (null) never passes, except that what is not known
# to be in a list is not in it.
_OPERATORS = {
    "=": lambda table, column, value: table[column].astype(str).str.lower() == value.lower(),
    ">=": lambda table, column, value: table[column].astype(float) >= float(value),
    "<=": lambda table, column, value: table[column].astype(float) <= float(value),
    "between": _between,
    "not in": lambda table, column, value: ~table[column].isin(value.split("|")),
    "percentile_in_category>=": _at_least_in_category,
}


def _eligible(features: pd.DataFrame, rules: pd.DataFrame) -> pd.Series:
    """All groups (``any_of``) must hold; within a group one rule is enough."""
    allowed = pd.Series(True, index=features.index)
    for _, group in rules.groupby("any_of", sort=False):
        holds = pd.Series(False, index=features.index)
        for rule in group.to_dict("records"):
            test = _OPERATORS[rule["operator"]]
            passed = test(features, rule["column_name"], str(rule["value"]))
            holds |= passed.fillna(False).astype(bool)
        allowed &= holds
    return allowed


def _score(candidates: pd.DataFrame, proofs: pd.DataFrame, product: dict) -> pd.DataFrame:
    weights = proofs["weight"].astype(float).to_numpy()
    shares = np.column_stack(
        [
            _percentile(candidates[proof["column_name"]].astype(float), proof["direction"])
            for proof in proofs.to_dict("records")
        ]
    )
    # An unknown value proves nothing: it adds nothing, while its weight stays in the sum.
    parts = np.nan_to_num(shares) * weights
    score = parts.sum(axis=1) / weights.sum()
    quality = candidates["quality_score"].astype(float).fillna(0.0)
    if str(product["weigh_by_quality"]).lower() == "true":
        score = score * quality.to_numpy()
    table = pd.DataFrame(
        {
            "account_no": candidates["account_no"].to_numpy(),
            "product_code": product["product_code"],
            "score": np.round(score, 6),
            "quality_score": quality.to_numpy(),
        }
    )
    table = pd.concat([table, _reasons(candidates, proofs, shares, parts)], axis=1)
    table = table.sort_values(["score", "account_no"], ascending=[False, True], ignore_index=True)
    table["rank"] = np.arange(1, len(table) + 1)
    return table


def _percentile(values: pd.Series, direction: str) -> pd.Series:
    """Share of the candidates that have less of the evidence, ties at their middle; null stays."""
    signed = values if direction == "high" else -values
    count = signed.notna().sum()
    return (signed.rank(method="average") - 0.5) / count if count else signed


def _reasons(candidates, proofs, shares, parts) -> pd.DataFrame:
    strongest = np.argsort(-parts, axis=1, kind="stable")[:, :REASONS]
    rules = proofs.to_dict("records")
    values = np.column_stack([candidates[rule["column_name"]].astype(float) for rule in rules])
    rows = []
    for row, order in enumerate(strongest):
        words = {}
        for place in range(REASONS):
            column = order[place] if place < len(order) else None
            given = column is not None and not np.isnan(shares[row, column])
            for language in ("en", "zh"):
                words[f"reason_{place + 1}_{language}"] = (
                    _word(rules[column], language, values[row, column], shares[row, column])
                    if given
                    else None
                )
        rows.append(words)
    return pd.DataFrame(rows)


def _word(rule: dict, language: str, value: float, share: float) -> str:
    return rule[f"wording_{language}"].format(
        value=format(value, rule["number_format"]), percentile=f"{int(share * 100)}%"
    )


def _card(month, features, evidence, counts, notes) -> Card:
    listed = ", ".join(f"{code} {count}" for code, count in counts.items())
    remarks = "; ".join(f"{code}: {note}" for code, note in notes.items()) or "none"
    return Card(
        "leads",
        month,
        month,
        len(features),
        sorted(set(evidence["column_name"])),
        {"leads": counts, "notes": notes},
        {"rules": "seeds lead_product, lead_eligibility, lead_evidence"},
        f"Rules and weights set by people, not learned from outcomes: the score ranks, it is no "
        f"probability. Leads by product: {listed}. Remarks: {remarks}.",
        f"规则与权重由业务人员设定，尚未用营销结果训练：分数只用于排序，不是概率。各产品线索数：{listed}。"
        f"备注：{remarks}。",
    )
