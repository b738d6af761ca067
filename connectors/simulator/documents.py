"""A sample of applications on paper: forms as images, with what is printed on them."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors import Attachment
from connectors.simulator import columns as col
from connectors.simulator import crm, people
from connectors.simulator.accounts import MOVER, Accounts
from connectors.simulator.forms import KINDS, draw
from connectors.simulator.hashing import uniform
from connectors.simulator.landing import Landing
from connectors.simulator.life import Life
from connectors.simulator.marketing import account_numbers
from connectors.simulator.params import SimParams, config
from connectors.simulator.process import Applications, application_numbers, by_mover
from connectors.simulator.world import World

_CATEGORIES = {
    "residential": "居民生活", "commercial": "一般工商业", "industrial": "大工业",
    "agricultural": "农业生产", "public": "公共事业",
}  # fmt: skip
FOLDER = "_attachments"


def _share(params: SimParams) -> float:
    """Share of applications on paper: of a large branch only some are drawn."""
    c = config()["connection"]
    # About one account in twelve applies for something in a year.
    expected = params.accounts * params.days / 365 / 12
    return min(c["forms"], c["forms_most"] / max(expected, 1))


def land(
    world: World, who: Accounts, life: Life, rows: Applications, landing: Landing
) -> pa.Table | None:
    """Rows of documents for the sample; returns the truth, without drawing anything."""
    params = world.params
    key = who.index[rows.account] * len(KINDS) + rows.kind
    known = np.floor(rows.submitted).astype(int)
    chosen = uniform(params.seed, "paper", key) < _share(params)
    at = np.flatnonzero(chosen & (known >= 0) & (known < params.days))
    if not len(at):
        return None
    account = rows.account[at]
    take = pa.array(account)
    number = application_numbers(who, rows).take(pa.array(at))
    document = col.joined(pa.scalar("F"), number)
    path = col.joined(pa.scalar(f"{FOLDER}/"), document, pa.scalar(".png"))
    landing.add(
        "documents/files",
        known[at],
        pa.table(
            {
                "document_no": document,
                "kind": pa.repeat("application_form", len(at)),
                "account_no": col.blank(account_numbers(who.index[account]), rows.kind[at] == 0),
                "received_at": col.moments(params.origin, rows.submitted[at]),
                "path": path,
            }
        ),
    )
    moved, firm = by_mover(world, life, rows)[at], who.is_firm[account]
    person = np.where(moved, MOVER + who.index[account], who.person[account])
    firms = people.firm_names(who.seed, person, who.category[account] == "public")
    names = pc.if_else(pa.array(firm), firms, people.person_names(who.seed, person))
    codes = people.credit_codes(who.seed, person)
    ids = pc.if_else(pa.array(firm), codes, people.id_numbers(who.seed, person))
    # One applicant in twenty writes another capacity than the clerk types.
    differs = uniform(params.seed, "paper differs", key[at]) < 0.05
    kva = np.where(differs, rows.kva[at] + 5, rows.kva[at]).astype(int)
    volts = who.voltage_v[account]
    return pa.table(
        {
            "document_no": document,
            "path": path,
            "application_no": number,
            "name": names,
            "id_no": ids,
            "phone": people.phones(who.seed, person),
            "address": crm.addresses(who).take(take),
            "kind": col.pick(KINDS, rows.kind[at]),
            "requested_kva": [str(value) for value in kva],
            "voltage": [f"{v // 1000}kV" if v >= 1000 else f"{v}V" for v in volts],
            "category": [_CATEGORIES[name] for name in who.category[account]],
            "submitted_on": [str(params.day(day)) for day in known[at]],
            "differs_from_typed": differs,
            "key": key[at],
        }
    )


_FIELDS = (
    "application_no", "name", "id_no", "phone", "address", "kind", "requested_kva", "voltage",
    "category", "submitted_on",
)  # fmt: skip


def images(params: SimParams, truth: pa.Table) -> Iterator[tuple[Attachment, dict]]:
    """Draw the forms; with each, how hard it is to read."""
    for row in truth.to_pylist():
        form = draw({name: row[name] for name in _FIELDS}, params.rng("form", row["key"]))
        style = form.style
        yield (
            Attachment(row["path"], form.png),
            {**row, **form.truth, "layout": style.layout, "level": style.level,
             "difficulty": float(style.difficulty)},
        )  # fmt: skip
