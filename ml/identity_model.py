"""The link model: how likely two customer records are one person or firm (Fellegi–Sunter, Splink).

Its probabilities are set, not trained: a branch has no labelled pairs, and training anew each day
would move weights, and with them customers, without a reason anybody could name. What the data do
decide is how common a name, a phone or a building is (term frequencies).
"""

import logging
import math

import pandas as pd
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

# Weight (log2 of the odds) from which two records are linked: 2 to 1.
LINK_WEIGHT = 1.0
# Expected records that repeat another one's person, as a share of all.
REPEATED_SHARE = 0.1
LINK_COLUMNS = [
    "record_no_a",
    "record_no_b",
    "weight",
    "probability",
    "id_no_level",
    "credit_code_level",
    "phone_level",
    "name_level",
    "address_level",
    "id_no_weight",
    "credit_code_weight",
    "phone_weight",
    "name_weight",
    "address_weight",
]

# Evidence: levels from the best to the worst as (name, SQL condition, m, u, column whose term
# frequency is u). m: share of pairs of one person that are at this level; u: of two persons.
# - A valid number that agrees decides alone, unless the names have nothing in common: then one of
#   the two was typed in for somebody else. One that differs is also a veto (identity_clusters).
# - Phones are shared by families, bookkeepers and agents, so one seldom outweighs two full names
#   that differ; and one person in four has changed his.
# - Names: half of what differs is misheard, the rest is abbreviated, renamed or wrong.
# - Most customers with several accounts have them at several places, so a differing address says
#   little.
_OTHER_NAME = (
    "coalesce(name_sound_l <> name_sound_r and levenshtein(name_l, name_r) > 1, false)"
    " and coalesce(alias_l <> alias_r, true)"
)
_ONE_CHARACTER = "length(name_l) > 2 and levenshtein(name_l, name_r) = 1"


def _number(name: str) -> list[tuple[str, str, float, float, str | None]]:
    equal = f"{name}_l = {name}_r"
    return [
        ("exact_other_name", f"{equal} and {_OTHER_NAME}", 0.02, 1e-7, None),
        ("exact", equal, 0.96, 1e-10, None),
        ("differs", "ELSE", 0.02, 1.0, None),
    ]


_EVIDENCE: dict[str, list[tuple[str, str, float, float, str | None]]] = {
    "id_no": _number("id_no"),
    "credit_code": _number("credit_code"),
    "phone": [
        ("exact", "phone_l = phone_r", 0.75, 1e-4, "phone"),
        ("differs", "ELSE", 0.25, 1.0, None),
    ],
    "name": [
        ("exact", "name_l = name_r", 0.70, 1e-3, "name"),
        ("exact_on_account", "alias_l = alias_r", 0.10, 1e-3, "alias"),
        ("same_sound", "name_sound_l = name_sound_r", 0.12, 1e-3, "name_sound"),
        ("one_character", _ONE_CHARACTER, 0.04, 4e-3, None),
        ("differs", "ELSE", 0.04, 1.0, None),
    ],
    "address": [
        ("same_premise", "list_has_any(premises_l, premises_r)", 0.05, 1e-5, None),
        ("same_building", "list_has_any(buildings_l, buildings_r)", 0.15, 1e-3, "building"),
        ("same_street", "list_has_any(streets_l, streets_r)", 0.25, 0.02, None),
        ("differs", "ELSE", 0.55, 1.0, None),
    ],
}
_MISSING = {
    "address": "premises_l is null or premises_r is null",
    **{name: f"{name}_l is null or {name}_r is null" for name in list(_EVIDENCE)[:4]},
}
# Phone and address are one piece of evidence in a household or at a bookkeeper's, not two. So
# however much they weigh together, a number or a name (as written or as heard) has to agree.
_NUMBER_AGREES = ("exact", "exact_other_name")
_NAME_AGREES = ("exact", "exact_on_account", "same_sound")
# Only pairs that agree on one of these are looked at; the keys leave out very common names.
_BLOCKS = ("id_no", "credit_code", "phone", "name_key", "alias_key")
_FREQUENCIES = ("phone", "name", "alias", "name_sound", "building")
_TEXTS = (*_BLOCKS, "name", "alias", "name_sound", "building")


def _comparison(name: str) -> dict:
    """One kind of evidence in Splink's terms."""
    levels = [{"sql_condition": _MISSING[name], "is_null_level": True}]
    for label, condition, m, u, frequency in _EVIDENCE[name]:
        level = {"sql_condition": condition, "label_for_charts": label}
        level |= {"m_probability": m, "u_probability": u}
        if frequency:
            # Splink takes the more frequent of the two values in place of u.
            level |= {"tf_adjustment_column": frequency, "tf_adjustment_weight": 1.0}
            level |= {"disable_tf_exact_match_detection": True}
        levels.append(level)
    return {"output_column_name": name, "comparison_levels": levels}


def _frequency(values: pd.Series) -> pd.DataFrame:
    """How likely another record has the same value.

    Another: with the record itself counted in, two of a name would look twice as common.
    """
    counts = values.value_counts()
    share = (counts - 1).clip(lower=1) / max(len(values) - 1, 1)
    return pd.DataFrame(
        {values.name: counts.index.astype("string"), f"tf_{values.name}": share.to_numpy()}
    )


def _level(name: str, weights: pd.Series) -> pd.Series:
    """The level's label, told by its weight: Splink gives it only together with the values."""
    labels = {round(math.log2(m / u), 6): label for label, _, m, u, _ in _EVIDENCE[name]}
    return weights.round(6).map({0.0: "missing", **labels})


def compare(table: pd.DataFrame) -> pd.DataFrame:
    """Pairs of ``standardise``'s records that are linked, with levels and weights of the evidence.

    One row per pair, record_no_a < record_no_b, columns LINK_COLUMNS; no value of any record.
    """
    usable = table[table[list(_BLOCKS)].notna().any(axis=1)]
    if not any(usable[column].dropna().duplicated().any() for column in _BLOCKS):
        return pd.DataFrame(columns=LINK_COLUMNS)
    logging.getLogger("splink").setLevel(logging.ERROR)
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record_no",
        comparisons=[_comparison(name) for name in _EVIDENCE],
        blocking_rules_to_generate_predictions=[block_on("kind", column) for column in _BLOCKS],
        probability_two_random_records_match=min(REPEATED_SHARE / len(usable), 0.01),
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,
    )
    api = DuckDBAPI(":memory:")
    records = api.register(usable.astype(dict.fromkeys(_TEXTS, "string")))
    linker = Linker(records, settings, log_level=logging.ERROR)
    for column in _FREQUENCIES:
        frequency = api.register(_frequency(usable[column]))
        linker.table_management.register_term_frequency_lookup(frequency, column)
    found = linker.inference.predict(threshold_match_weight=LINK_WEIGHT).as_pandas_dataframe()
    linked = pd.DataFrame(
        {
            "record_no_a": found[["record_no_l", "record_no_r"]].min(axis=1).astype(str),
            "record_no_b": found[["record_no_l", "record_no_r"]].max(axis=1).astype(str),
            "weight": found["match_weight"].round(6),
            "probability": found["match_probability"].round(9),
        }
    )
    for name in _EVIDENCE:
        linked[f"{name}_level"] = _level(name, found[f"mw_{name}"])
        own = found[f"mw_{name}"] + found.get(f"mw_tf_adj_{name}", 0.0)
        linked[f"{name}_weight"] = own.round(6)
    linked = linked[
        linked["name_level"].isin(_NAME_AGREES)
        | linked["id_no_level"].isin(_NUMBER_AGREES)
        | linked["credit_code_level"].isin(_NUMBER_AGREES)
    ]
    return linked.sort_values(["record_no_a", "record_no_b"], ignore_index=True)[LINK_COLUMNS]
