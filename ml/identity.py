"""Customer records to customers: standardise, compare, cluster, and keep each customer's number."""

from dataclasses import dataclass

import pandas as pd

from ml.identity_clusters import cluster, founders
from ml.identity_model import LINK_COLUMNS, compare
from ml.identity_standard import standardise

MAP_COLUMNS = ["customer_no", "founder_no", "founded_on"]
DECISIONS = ("same", "different")
_EVIDENCE = [column for column in LINK_COLUMNS if not column.startswith("record_no")]


@dataclass(frozen=True)
class Resolution:
    """Customers, and why: no value of any record, only numbers of records, levels and weights.

    ``map``: one row per record, MAP_COLUMNS. ``links``: one row per pair of records of one customer
    that is linked by evidence or by hand. ``refused``: linked pairs that had to stay apart.
    """

    map: pd.DataFrame
    links: pd.DataFrame
    refused: int


def resolve(
    records: pd.DataFrame,
    accounts: pd.DataFrame,
    overrides: pd.DataFrame,
    as_of: str,
    previous: pd.DataFrame | None = None,
) -> Resolution:
    """Resolve the customer records known on ``as_of``; what they are called follows ``previous``.

    ``records`` and ``accounts``: see ``standardise``. ``overrides``: customer_no_a, customer_no_b,
    decision (same, different). ``previous``: the map of an earlier date.
    """
    wrong = set(overrides["decision"]) - set(DECISIONS)
    if wrong:
        raise ValueError(f"customer_override: decision is one of {DECISIONS}, not {sorted(wrong)}")
    table = standardise(records, accounts)
    pairs = compare(table)
    clusters, by_hand = cluster(table, pairs, overrides)
    previous = pd.DataFrame(columns=MAP_COLUMNS) if previous is None else previous
    names = pd.Series(clusters, dtype=object)
    together = pairs["record_no_a"].map(names) == pairs["record_no_b"].map(names)
    return Resolution(
        founders(clusters, previous, as_of),
        _links(pairs[together], by_hand),
        int((~together).sum()),
    )


def _links(pairs: pd.DataFrame, by_hand: set[tuple[str, str]]) -> pd.DataFrame:
    """Pairs by evidence and by hand; a pair that is both says so and keeps its evidence."""
    ours = pd.DataFrame(sorted(by_hand), columns=["record_no_a", "record_no_b"], dtype=object)
    links = pairs.astype({"record_no_a": object, "record_no_b": object}).merge(
        ours.assign(method="override"), on=["record_no_a", "record_no_b"], how="outer"
    )
    links["method"] = links["method"].where(links["method"].notna(), "splink")
    links = links.rename(columns={"record_no_a": "customer_no_a", "record_no_b": "customer_no_b"})
    columns = ["customer_no_a", "customer_no_b", "method", *_EVIDENCE]
    return links[columns].sort_values(columns[:2], ignore_index=True)
