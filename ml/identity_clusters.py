"""From linked pairs to customers: what may be together, and which number a customer keeps."""

from collections.abc import Iterable, Mapping

import pandas as pd

# Two valid numbers of one kind mean two customers, however much else agrees.
NUMBERS = ("id_no", "credit_code")


class _Clusters:
    """Sets of records that grow by merging, unless what they hold forbids it."""

    def __init__(self, table: pd.DataFrame, apart: Iterable[tuple[str, str]]):
        self.members = {record: {record} for record in table["record_no"]}
        self.home = {record: record for record in table["record_no"]}
        self.numbers = {
            column: {
                record: {value} if value else set()
                for record, value in zip(table["record_no"], table[column].fillna(""), strict=True)
            }
            for column in NUMBERS
        }
        self.apart: dict[str, set[str]] = {}
        for one, other in apart:
            self.apart.setdefault(one, set()).add(other)
            self.apart.setdefault(other, set()).add(one)

    def merge(self, one: str, other: str, by_hand: bool = False) -> bool:
        """Bring two records together; False if their clusters must stay apart."""
        home, guest = self.home[one], self.home[other]
        if home == guest:
            return True
        if len(self.members[home]) < len(self.members[guest]):
            home, guest = guest, home
        guests, hosts = self.members[guest], self.members[home]
        if any(not self.apart.get(record, set()).isdisjoint(hosts) for record in guests):
            return False
        if not by_hand:
            for numbers in self.numbers.values():
                mine, theirs = numbers[home], numbers[guest]
                if mine and theirs and mine.isdisjoint(theirs):
                    return False
        for numbers in self.numbers.values():
            numbers[home] |= numbers.pop(guest)
        hosts |= self.members.pop(guest)
        self.home.update(dict.fromkeys(guests, home))
        return True


def cluster(
    table: pd.DataFrame, links: pd.DataFrame, overrides: pd.DataFrame
) -> tuple[dict[str, str], set[tuple[str, str]]]:
    """The smallest record of each record's customer, and the pairs of ``same`` that took effect.

    Links are followed from the strongest down and only while nothing forbids it: two valid numbers
    that differ, or a ``different`` of the overrides. So what a refused merge cuts is the weakest
    link between the two. ``same`` comes first and outweighs numbers; ``different`` outweighs all.
    """
    known = set(table["record_no"])
    here = overrides["customer_no_a"].isin(known) & overrides["customer_no_b"].isin(known)
    by_decision = {
        decision: sorted(zip(rows["customer_no_a"], rows["customer_no_b"], strict=True))
        for decision, rows in overrides[here].groupby("decision")
    }
    clusters = _Clusters(table, by_decision.get("different", []))
    by_hand = {
        tuple(sorted(pair))
        for pair in by_decision.get("same", [])
        if clusters.merge(*pair, by_hand=True)
    }
    order = ["weight", "record_no_a", "record_no_b"]
    strongest = links.sort_values(order, ascending=[False, True, True])
    for one, other in zip(strongest["record_no_a"], strongest["record_no_b"], strict=True):
        clusters.merge(one, other)
    smallest = {home: min(members) for home, members in clusters.members.items()}
    return {record: smallest[home] for record, home in clusters.home.items()}, by_hand


def founders(clusters: Mapping[str, str], previous: pd.DataFrame, as_of: str) -> pd.DataFrame:
    """Which record each customer is named after: one row per record, in order.

    ``clusters``: record to any name of its cluster. ``previous``: an earlier result. A customer
    keeps its founder as long as that record is in it; of several that merge, the one known longest
    (then the smallest) stays. A founder that is gone leaves its name to the smallest record it had.
    Columns: customer_no, founder_no, founded_on (the date whose run first had this customer).
    """
    names = pd.Series(clusters, dtype=object)
    previous = previous.astype(object)
    was = previous[previous["customer_no"].isin(names.index)].sort_values("customer_no")
    heirs = was.drop_duplicates("founder_no").set_index("founder_no")
    candidates = pd.DataFrame(
        {
            "founder_no": heirs.index.astype(object),
            "founded_on": heirs["founded_on"].to_numpy(),
            "home": [
                founder if founder in names.index else heir
                for founder, heir in heirs["customer_no"].items()
            ],
        }
    )
    candidates["cluster"] = candidates["home"].map(names).astype(object)
    oldest = candidates.sort_values(["founded_on", "founder_no"]).drop_duplicates("cluster")
    kept = oldest.set_index("cluster")[["founder_no", "founded_on"]]
    result = pd.DataFrame({"customer_no": names.index, "cluster": names.to_numpy()}, dtype=object)
    result = result.sort_values("customer_no").join(kept, on="cluster")
    smallest = result.groupby("cluster")["customer_no"].transform("min")
    result["founder_no"] = result["founder_no"].where(result["founder_no"].notna(), smallest)
    result["founded_on"] = result["founded_on"].where(result["founded_on"].notna(), as_of)
    return result[["customer_no", "founder_no", "founded_on"]].reset_index(drop=True).astype(str)
