"""The lists that people edit for leads: are they readable, and who is eligible by them."""

import numpy as np
import pandas as pd


class LeadRuleError(ValueError):
    """A row of a lead seed can't be used: says which and why."""


def check(product: str, rules: pd.DataFrame, proofs: pd.DataFrame, features: pd.DataFrame) -> None:
    """Raise ``LeadRuleError`` for rows of lead_eligibility or lead_evidence that can't be used."""
    # Without any rule a product would be offered to closed accounts too.
    for seed, table in (("lead_eligibility", rules), ("lead_evidence", proofs)):
        if table.empty:
            raise LeadRuleError(f"seeds/{seed}.csv has no row for {product}; add one")
        for row in table.to_dict("records"):
            where = f"seeds/{seed}.csv, {product}.{row['column_name']}"
            if row["column_name"] not in features.columns:
                raise LeadRuleError(f"{where}: the features have no such column")
            if seed == "lead_eligibility":
                _check_rule(where, row, features)
            else:
                _check_proof(where, row)


def _check_rule(where: str, rule: dict, features: pd.DataFrame) -> None:
    if rule["operator"] not in _OPERATORS:
        known = ", ".join(_OPERATORS)
        raise LeadRuleError(f"{where}: operator {rule['operator']!r} is not one of {known}")
    try:
        _OPERATORS[rule["operator"]](features.head(0), rule["column_name"], str(rule["value"]))
    except ValueError as error:
        raise LeadRuleError(
            f"{where}: value {rule['value']!r} does not suit {rule['operator']!r}"
        ) from error


def _check_proof(where: str, proof: dict) -> None:
    if proof["direction"] not in ("high", "low"):
        raise LeadRuleError(f"{where}: direction {proof['direction']!r} is neither high nor low")
    try:
        good = float(proof["weight"]) > 0
        limit(proof)
        words = [wording(proof, language, 1.0, 0.5) for language in ("en", "zh")]
    except (ValueError, KeyError, IndexError) as error:
        raise LeadRuleError(
            f"{where}: weight, counts_from, number_format or wording can't be read ({error})"
        ) from error
    if not good:
        raise LeadRuleError(f"{where}: weight {proof['weight']} is not above 0")
    number = format(1.0, proof["number_format"])
    if not all(number in text for text in words):
        raise LeadRuleError(
            f"{where}: both wordings must hold {{value}}: a reason names its number"
        )


def limit(proof: dict) -> float:
    """The value from which evidence counts; infinite (in its direction) when left empty."""
    if pd.isna(proof["counts_from"]) or proof["counts_from"] == "":
        return -np.inf if proof["direction"] == "high" else np.inf
    return float(proof["counts_from"])


def wording(proof: dict, language: str, value: float, share: float) -> str:
    """The reason in words: ``value`` in its number format, ``share`` (0–1) as whole percents."""
    return proof[f"wording_{language}"].format(
        value=format(value, proof["number_format"]), percentile=f"{int(share * 100)}%"
    )


def eligible(features: pd.DataFrame, rules: pd.DataFrame) -> pd.Series:
    """True where all groups (``any_of``) hold; within a group one rule is enough."""
    allowed = pd.Series(True, index=features.index)
    for _, group in rules.groupby("any_of", sort=False):
        holds = pd.Series(False, index=features.index)
        for rule in group.to_dict("records"):
            test = _OPERATORS[rule["operator"]]
            passed = test(features, rule["column_name"], str(rule["value"]))
            holds |= passed.fillna(False).astype(bool)
        allowed &= holds
    return allowed


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
    "in": lambda table, column, value: table[column].isin(value.split("|")),
    "not in": lambda table, column, value: ~table[column].isin(value.split("|")),
    "unknown": lambda table, column, value: table[column].isna(),
    "percentile_in_category>=": _at_least_in_category,
}
