"""What a contact is expected to bring: candidates of one cycle with their incremental value.

value = uplift × worth of a take-up. The uplift is learned (``ml.response``) where outcomes allow;
elsewhere it is a prior that people set: the product's usual take-up without contact, more for who
ranks high among the eligible, and by how much a channel multiplies its odds. The worth is the
computed saving of the customer for tariffs and compensation, else a fee or margin
(``seeds/lead_value.csv``). ``uplift_basis`` says which of the two a candidate has.
"""

import numpy as np
import pandas as pd

LEARNED, PRIOR = "learned", "prior"
CHANNEL_COLUMNS = [
    "has_consent", "is_protected", "has_open_complaint", "contacts_left_30d", "contacts_left_90d",
]  # fmt: skip


class LeadValueError(ValueError):
    """A row of seeds/lead_value.csv or contact_channel.csv that can't be used: says which, why."""


def check_values(values: pd.DataFrame, features: pd.DataFrame) -> None:
    """Raise ``LeadValueError`` for a row of lead_value that can't be used with ``features``."""
    if values["product_code"].duplicated().any():
        again = values.loc[values["product_code"].duplicated(), "product_code"].iloc[0]
        raise LeadValueError(f"seeds/lead_value.csv: {again} occurs twice; keep one row")
    for row in values.to_dict("records"):
        where = f"seeds/lead_value.csv, {row['product_code']}"
        name = row["column_name"]
        if not pd.isna(name) and name not in features.columns:
            raise LeadValueError(f"{where}: the features have no column {name}")
        for number in ("fixed_cny", "factor", "max_cny", "prior_take_up"):
            value = pd.to_numeric(row[number], errors="coerce")
            if pd.isna(name) and number == "factor":
                continue
            if not value >= 0:
                raise LeadValueError(f"{where}: {number} {row[number]!r} is no amount from 0 up")
        if not 0 < float(row["prior_take_up"]) < 1:
            raise LeadValueError(f"{where}: prior_take_up must lie between 0 and 1")


def worth(features: pd.DataFrame, row: dict) -> np.ndarray:
    """CNY that a take-up of the product brings, by row of ``features``; NaN where not known.

    ``row``: of lead_value: fixed_cny + factor × column, at most max_cny, never below 0.
    """
    value = np.full(len(features), float(row["fixed_cny"]))
    if not pd.isna(row["column_name"]):
        value = value + float(row["factor"]) * features[row["column_name"]].astype(float).to_numpy()
    return np.clip(value, 0, float(row["max_cny"]))


def prior_uplift(share: np.ndarray, take_up: float, odds_ratio: float) -> np.ndarray:
    """Uplift by the prior for candidates at ``share`` (0 worst, 1 best of the product's list).

    The odds of a take-up are the usual ones, tripled for the best and a third for the last; contact
    multiplies them by ``odds_ratio``.
    """
    alone = prior_take_up(share, take_up)
    odds = odds_ratio * alone / (1 - alone)
    return odds / (1 + odds) - alone


def prior_take_up(share: np.ndarray, take_up: float) -> np.ndarray:
    """Chance without contact by the prior; parameters as ``prior_uplift``."""
    odds = take_up / (1 - take_up) * 3.0 ** (2 * share - 1)
    return odds / (1 + odds)


def candidates(
    ranked: pd.DataFrame,
    features: pd.DataFrame,
    reach: pd.DataFrame,
    values: pd.DataFrame,
    channels: pd.DataFrame,
    response: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row per ranked account and product and usable channel, as ``ml.allocation`` takes them.

    ``ranked``: of ``rank_leads``. ``features``: one row an account with customer_id, org_code and
    the columns that ``values`` names. ``reach``: account_no, channel and CHANNEL_COLUMNS.
    ``values``, ``channels``: the seeds lead_value and dim_channel's columns channel and
    prior_odds_ratio. ``response``: account_no, product_code, channel, p_without_contact, uplift;
    None or empty = nothing learned. Adds worth_cny, p_without_contact, uplift, uplift_basis,
    value_cny (null where the worth is not known). Raises ``LeadValueError``.
    """
    check_values(values, features)
    rows = {row["product_code"]: row for row in values.to_dict("records")}
    if missing := sorted(set(ranked["product_code"]) - set(rows)):
        raise LeadValueError(f"seeds/lead_value.csv has no row for {', '.join(missing)}; add one")
    about = features.set_index("account_no")
    parts = []
    for code, listed in ranked.groupby("product_code", sort=True):
        of = about.loc[listed["account_no"]]
        size = max(len(listed), 1)
        part = pd.DataFrame(
            {
                "account_no": listed["account_no"].to_numpy(),
                # Who has no customer number is his own customer.
                "customer_id": of["customer_id"].fillna(pd.Series(of.index, of.index)).to_numpy(),
                "org_code": of["org_code"].fillna("").to_numpy(),
                "product_code": code,
                "worth_cny": worth(of, rows[code]),
                "share": 1 - (listed["rank"].astype(float).to_numpy() - 0.5) / size,
                "take_up": float(rows[code]["prior_take_up"]),
            }
        )
        parts.append(part)
    if not parts or reach.empty:
        return _empty()
    table = pd.concat(parts, ignore_index=True).merge(reach, on="account_no", how="inner")
    odds = channels.set_index("channel")["prior_odds_ratio"].astype(float)
    ratio = table["channel"].map(odds).to_numpy()
    if np.isnan(ratio).any():
        unknown = sorted(set(table["channel"]) - set(odds.dropna().index))
        raise LeadValueError(f"seeds/contact_channel.csv has no odds ratio for {unknown}")
    table["p_without_contact"] = prior_take_up(table["share"], table["take_up"])
    table["uplift"] = prior_uplift(table["share"].to_numpy(), table["take_up"].to_numpy(), ratio)
    table["uplift_basis"] = PRIOR
    if response is not None and len(response):
        table = _with_learned(table, response)
    table["value_cny"] = table["uplift"] * table["worth_cny"]
    return table.drop(columns=["share", "take_up"])


def _with_learned(table: pd.DataFrame, response: pd.DataFrame) -> pd.DataFrame:
    keys = ["account_no", "product_code", "channel"]
    learned = response[[*keys, "p_without_contact", "uplift"]].astype(
        {name: table[name].dtype for name in keys}
    )
    table = table.merge(learned, on=keys, how="left", suffixes=("", "_learned"))
    known = table["uplift_learned"].notna()
    for name in ("p_without_contact", "uplift"):
        table[name] = table[f"{name}_learned"].astype(float).where(known, table[name])
    table["uplift_basis"] = np.where(known, LEARNED, PRIOR)
    return table.drop(columns=["p_without_contact_learned", "uplift_learned"])


def _empty() -> pd.DataFrame:
    texts = ["account_no", "customer_id", "org_code", "product_code", "channel", "uplift_basis"]
    numbers = ["worth_cny", "p_without_contact", "uplift", "value_cny"]
    flags = CHANNEL_COLUMNS[:3]
    counts = CHANNEL_COLUMNS[3:]
    types = {name: "str" for name in texts} | {name: "float64" for name in numbers}
    types |= {name: "bool" for name in flags} | {name: "int64" for name in counts}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})
