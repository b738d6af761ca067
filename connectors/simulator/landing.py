"""Collects rows with the day each is known, and hands them out as landing files by load date."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa

from connectors import Batch
from connectors.simulator.params import SimParams

# Days between two loads of what the source delivers in bundles; all else lands every day.
_EVERY = {
    "grid/transformer_days": 3, "ami/load_curves": 3, "ami/meter_events": 3, "grid/outages": 3,
    "process/work_orders": 3, "process/applications": 3, "process/application_stages": 3,
    "billing/collection_actions": 3, "marketing/touches": 3, "marketing/responses": 3,
    "marketing/app_events": 3, "process/inspections": 7, "marketing/surveys": 7,
    "marketing/enrolments": 7, "crm/consents": 7, "crm/contacts": 7, "crm/contracts": 7,
    "crm/protections": 7,
    "crm/customers": 7, "crm/accounts": 7, "ami/meters": 7, "documents/files": 7,
    "billing/balances": 7,
}  # fmt: skip


class Landing:
    """Rows of one chunk, by entity; ``stem`` names the chunk's files."""

    def __init__(self, params: SimParams, stem: str = "part"):
        """Empty."""
        self.params = params
        self.stem = stem
        self._parts: dict[str, list[tuple[np.ndarray, pa.Table]]] = {}
        self.dirt: list[pa.Table] = []

    def add(self, entity: str, known: np.ndarray | int, table: pa.Table) -> None:
        """``table`` of ``source/entity``, each row known at the end of day ``known``.

        A row lands the day after, or with the entity's next load; what was known before the first
        day lands on it, and what is known only after the end never lands.
        """
        known = np.broadcast_to(np.asarray(known, dtype=np.int64), table.num_rows)
        every = _EVERY.get(entity, 1)
        load = np.maximum(-(-(known + 1) // every) * every, 0)
        here = load <= self.params.days
        if not here.all():
            table, load = table.filter(pa.array(here)), load[here]
        if table.num_rows:
            self._parts.setdefault(entity, []).append((load, table))

    def soil(self, entity: str, kind: str, known: np.ndarray | int, keys: pa.Array) -> None:
        """Note for the truth which landed rows of an entity are dirty, and how."""
        load = np.broadcast_to(np.asarray(known, dtype=np.int64) + 1, len(keys))
        keys = keys.filter(pa.array(load <= self.params.days))
        columns = [pa.repeat(entity, len(keys)), keys, pa.repeat(kind, len(keys))]
        self.dirt.append(pa.table(columns, names=["entity", "key", "kind"]))

    def batches(self) -> Iterator[Batch]:
        """One file an entity and load date."""
        for entity, parts in self._parts.items():
            load = np.concatenate([load for load, _ in parts])
            table = pa.concat_tables([t for _, t in parts], promote_options="default")
            parts.clear()
            order = np.argsort(load, kind="stable")
            table, load = table.take(pa.array(order)), load[order]
            edges = [0, *(np.flatnonzero(np.diff(load)) + 1), len(load)]
            source, name = entity.split("/")
            for start, stop in pairwise(edges):
                day = self.params.day(load[start])
                yield Batch(source, name, day, table.slice(start, stop - start), self.stem)
