"""Take in what came of exported leads: good rows land, bad ones are refused with the reason.

A list that was taken in changes nothing when it comes again, nor does a row that says what is
known already; a row that says something new about a lead lands later and supersedes.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import contract
from orchestration import audit, sheets
from orchestration.lead_export import touch_no
from orchestration.workspace import PROJECT, Workspace

NO_ANSWER = "no_answer"  # contacted, and nothing came back
REQUIRED = ("lead_id", "outcome", "contacted_on")
OPTIONAL = ("channel", "staff_no", "responded_on", "enrolled_on")


class OutcomeError(ValueError):
    """The list as a whole can't be taken in: says why and what to do."""


@dataclass
class Imported:
    """Rows of a list: ``read`` = ``accepted`` + ``unchanged`` + ``refused`` rows (line, reason)."""

    read: int = 0
    accepted: int = 0
    unchanged: int = 0
    refused: list[tuple[int, str, str]] = field(default_factory=list)


def import_outcomes(workspace: Workspace, path: Path, by: str, on: date) -> Imported:
    """Land the outcomes in ``path`` with load date ``on``; what became of its rows.

    Columns: REQUIRED, OPTIONAL, others are ignored. Raises ``OutcomeError`` and
    ``sheets.SheetError`` for a list that can't be read at all.
    """
    if not by.strip():
        raise OutcomeError("who imports (--by) must be said")
    table = sheets.read(path)
    if missing := [name for name in REQUIRED if name not in table.columns]:
        raise OutcomeError(
            f"{path.name} lacks the columns {', '.join(missing)}; it needs {', '.join(REQUIRED)} "
            f"and may have {', '.join(OPTIONAL)}"
        )
    for name in OPTIONAL:
        if name not in table.columns:
            table[name] = ""
    assigned = _assigned(workspace)
    staff, channels = _lists(workspace)
    outcomes = set(pd.read_csv(PROJECT / "seeds" / "response_outcome.csv")["outcome"])
    known = _known(workspace)
    result = Imported(read=len(table))
    good: dict[str, dict] = {}
    first: dict[str, dict] = {}  # what the list says first of each lead, whether known or new
    for number, row in enumerate(table.to_dict("records"), start=2):
        reason, value = _judge(row, assigned, outcomes | {NO_ANSWER}, staff, channels, on)
        lead = row["lead_id"]
        if reason is None and lead in first:
            if first[lead] == value:
                result.unchanged += 1
                continue
            reason = "the lead has another outcome higher up in this list"
        if reason is None:
            first[lead] = value
        if reason is not None:
            result.refused.append((number, lead if lead in assigned.index else "", reason))
        elif known.get(lead) == value:
            result.unchanged += 1
        else:
            good[lead] = value
    result.accepted = len(good)
    if good:
        _land(workspace, assigned, good, on)
    audit.note(
        workspace, "outcomes", by=by, on=on.isoformat(), file=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(), read=result.read,
        accepted=result.accepted, unchanged=result.unchanged, refused=len(result.refused),
        rows=[{"lead_id": lead, **value} for lead, value in sorted(good.items())],
    )  # fmt: skip
    return result


def _judge(row, assigned, outcomes, staff, channels, on: date):
    """Why the row is refused (None: it is not), and what it says in plain values."""
    lead = row["lead_id"]
    if lead not in assigned.index:
        return "no lead of this number was exported", None
    about = assigned.loc[lead]
    if about["arm"] == "holdout":
        return "the lead is held out and must not be contacted", None
    if row["outcome"] not in outcomes:
        return f"outcome is none of {', '.join(sorted(outcomes))}", None
    days = {}
    for name in ("contacted_on", "responded_on", "enrolled_on"):
        if not row[name]:
            days[name] = None
            continue
        days[name] = _day(row[name])
        if days[name] is None:
            return f"{name} is no date like 2026-07-31", None
        if days[name] > on:
            return f"{name} lies after the import's date {on}", None
    if days["contacted_on"] is None:
        return "contacted_on is empty", None
    if days["contacted_on"] < about["load_date"]:
        return f"contacted_on lies before the export of {about['load_date']}", None
    for name in ("responded_on", "enrolled_on"):
        if days[name] and days[name] < days["contacted_on"]:
            return f"{name} lies before contacted_on", None
    if row["outcome"] == NO_ANSWER and days["responded_on"]:
        return "a lead without an answer has no responded_on", None
    if row["channel"] and row["channel"] not in channels:
        return f"channel is none of {', '.join(sorted(channels))}", None
    if row["staff_no"] and row["staff_no"] not in staff:
        return "staff_no is nobody of the branch", None
    value = {name: day.isoformat() if day else None for name, day in days.items()}
    value["outcome"] = row["outcome"]
    value["channel"] = row["channel"] or about["channel"]
    planned = None if pd.isna(about["staff_no"]) else about["staff_no"]
    value["staff_no"] = row["staff_no"] or planned
    return None, value


def _day(text: str) -> date | None:
    for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d"):
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def _assigned(workspace: Workspace) -> pd.DataFrame:
    """By lead: campaign_no, account_no, channel, staff_no, arm, product_code, load_date."""
    parts = []
    folder = workspace.landing / "marketing" / "touches"
    for path in sorted(folder.glob("load_date=*/leads-*.parquet")):
        day = date.fromisoformat(path.parent.name.removeprefix("load_date="))
        parts.append(pq.read_table(path).to_pandas().assign(load_date=day))
    if not parts:
        raise OutcomeError(
            f"no leads were exported from {workspace.root}; `wattlead leads export` comes first"
        )
    table = pd.concat(parts, ignore_index=True)
    # L2026-06-<product>-<channel>: neither of the two has a dash.
    table["product_code"] = table["campaign_no"].str.split("-").str[2]
    table = table.set_index(table["touch_no"].str.removeprefix("L"))
    # Without its audit an export assigns again; the first counts.
    return table[~table.index.duplicated()]


def _lists(workspace: Workspace) -> tuple[set[str], set[str]]:
    with duckdb.connect(str(workspace.published / "wattlead.duckdb"), read_only=True) as connection:
        staff = connection.execute("select staff_no from marts.dim_staff").fetchall()
        channels = connection.execute("select channel from marts.dim_channel").fetchall()
    return {row[0] for row in staff}, {row[0] for row in channels}


def _known(workspace: Workspace) -> dict[str, dict]:
    """What earlier lists said last, by lead."""
    said = {}
    for line in audit.noted(workspace, "outcomes"):
        for row in line["rows"]:
            said[row["lead_id"]] = {name: row[name] for name in row if name != "lead_id"}
    return said


def _land(workspace: Workspace, assigned: pd.DataFrame, good: dict[str, dict], on: date) -> None:
    """Touches with their day, responses, take-ups, and refusals of further contact."""
    writer = contract.LandingWriter(contract.load(PROJECT / "models"), workspace.landing)
    table = pd.DataFrame.from_dict(good, orient="index")
    table.index.name = "lead_id"
    about = assigned.loc[table.index]
    # Of two files of one load date the later name counts: lists are numbered as they come.
    stem = f"outcomes-{_next_number(workspace):06d}"

    def times(name: str) -> pa.Array:
        return pa.array(pd.to_datetime(table[name]), pa.timestamp("us"))

    staff = [line["staff_no"] for line in good.values()]
    answered = (table["outcome"] != NO_ANSWER).to_numpy()
    when = table["responded_on"].fillna(table["contacted_on"])
    touches = touch_no(pd.Series(table.index)).tolist()
    writer.write(
        "marketing", "touches", on,
        pa.table({
            "touch_no": touches,
            "campaign_no": about["campaign_no"].tolist(),
            "account_no": about["account_no"].tolist(),
            "channel": table["channel"].tolist(),
            "staff_no": pa.array(staff, pa.string()),
            "sent_at": times("contacted_on"),
            "arm": about["arm"].tolist(),
        }),
        stem,
    )  # fmt: skip
    if answered.any():
        responded = pa.array(pd.to_datetime(when), pa.timestamp("us"))
        responses = pa.table(
            {"touch_no": touches, "outcome": table["outcome"].tolist(), "responded_at": responded}
        )
        writer.write("marketing", "responses", on, responses.filter(pa.array(answered)), stem)
    bought = table["enrolled_on"].notna().to_numpy()
    if bought.any():
        enrolments = pa.table(
            {
                "account_no": about["account_no"].tolist(),
                "product_code": about["product_code"].tolist(),
                "start_on": times("enrolled_on").cast(pa.date32()),
            }
        )
        writer.write("marketing", "enrolments", on, enrolments.filter(pa.array(bought)), stem)
    _land_refusals(workspace, writer, table.assign(account_no=about["account_no"]), on, stem)


def _next_number(workspace: Workspace) -> int:
    """Above that of every list that landed: a lost audit must not overwrite one."""
    landed = workspace.landing.glob("*/*/load_date=*/outcomes-*.parquet")
    numbers = [int(path.stem.split("-")[1]) for path in landed]
    return max([len(audit.noted(workspace, "outcomes")), *numbers]) + 1


def _land_refusals(workspace: Workspace, writer, table: pd.DataFrame, on: date, stem: str) -> None:
    """Who wants no more contact by a channel has taken the consent back."""
    lists = pd.read_csv(PROJECT / "seeds" / "response_outcome.csv")
    stops = set(lists.loc[lists["is_opt_out"].astype(str).str.lower() == "true", "outcome"])
    gone = table[table["outcome"].isin(stops)]
    if gone.empty:
        return
    with duckdb.connect(str(workspace.published / "wattlead.duckdb"), read_only=True) as connection:
        accounts = connection.execute("select account_no, customer_no from marts.dim_account").df()
        covers = dict(
            connection.execute("select channel, consent_channel from marts.dim_channel").fetchall()
        )
    gone = gone.merge(accounts, on="account_no", how="inner")
    gone = gone[gone["customer_no"].notna()]
    writer.write(
        "crm", "consents", on,
        pa.table({
            "customer_no": gone["customer_no"].tolist(),
            "channel": [covers.get(channel) or channel for channel in gone["channel"]],
            "purpose": ["marketing"] * len(gone),
            "status": ["revoked"] * len(gone),
            "changed_at": pa.array(
                pd.to_datetime(gone["responded_on"].fillna(gone["contacted_on"])),
                pa.timestamp("us"),
            ),
        }),
        stem,
    )  # fmt: skip
