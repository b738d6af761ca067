"""Hand the published leads out, one list a channel: the only way that personal data leaves.

Only what passed its gates is published, so a failing gate withholds the leads. Each export is
noted before its file appears, and what was assigned – treated and held out – lands as campaigns and
touches: from then on the plan can be held against what was done, and effect against the holdout.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

import contract
from orchestration import audit, sheets
from orchestration.scores import files
from orchestration.workspace import PROJECT, Workspace

STALE_DAYS = 7  # consents and complaints may have changed since
_COMMON = (
    "lead_id", "planned_on", "contact_hours", "expires_on", "account_no", "product_code",
    "product_label_zh", "channel", "staff_no", "org_code",
    "reason_1_zh", "reason_2_zh", "reason_3_zh",
)  # fmt: skip
_PERSONAL = {"phones": ("name", "phone"), "audience": ("phone_sha256",)}


class ExportError(ValueError):
    """Nothing can be exported: says why and what to do."""


@dataclass(frozen=True)
class Exported:
    """One file: its channel, path and rows."""

    channel: str
    path: Path
    rows: int


def export(
    workspace: Workspace,
    out: Path,
    by: str,
    purpose: str,
    on: date,
    channels: tuple[str, ...] = (),
    form: str = "csv",
) -> list[Exported]:
    """Write one list a channel to ``out`` and land who was assigned; what was written.

    ``by`` and ``purpose`` go on record. ``channels``: all if empty. Raises ``ExportError``.
    """
    if not by.strip() or not purpose.strip():
        raise ExportError("who exports (--by) and what for (--purpose) must be said")
    leads, formats, run = _published(workspace, on)
    unknown = sorted(set(channels) - set(formats))
    if unknown:
        raise ExportError(
            f"no channel {', '.join(unknown)}; there are {', '.join(sorted(formats))}"
        )
    if channels:
        leads = leads[leads["channel"].isin(channels)]
    open_leads = leads[leads["status"] == "open"]
    if open_leads.empty:
        raise ExportError(f"no lead is open on {on} by {', '.join(channels) or 'any channel'}")
    people = _people(workspace)
    out.mkdir(parents=True, exist_ok=True)
    _land(workspace, leads[leads["status"].isin(["open", "held_out"])], on)
    done = []
    for channel, part in open_leads.groupby("channel", sort=True):
        table = _list(part, people, formats[channel])
        cycle = f"{pd.Timestamp(part['feature_month'].iloc[0]):%Y-%m}"
        path = out / f"leads-{cycle}-{channel}.{form}"
        audit.note(
            workspace, "export", by=by, purpose=purpose, on=on.isoformat(), channel=channel,
            rows=len(table), columns=list(table.columns), file=path.name, run=run,
            leads_sha256=_digest(table["lead_id"]),
        )  # fmt: skip
        sheets.write(table, path)
        done.append(Exported(channel, path, len(table)))
    return done


def _published(workspace: Workspace, on: date) -> tuple[pd.DataFrame, dict[str, str], str]:
    """The newest published leads, the format of each channel, and the run they are of."""
    path = workspace.published / "wattlead.duckdb"
    if not path.exists():
        raise ExportError(f"nothing is published at {path}; run `wattlead run` first")
    with duckdb.connect(str(path), read_only=True) as connection:
        leads = connection.execute("select * from marketing.lead order by lead_id").df()
        formats = dict(
            connection.execute(
                "select channel, export_format from marts.dim_channel where is_usable"
            ).fetchall()
        )
        run, as_of = connection.execute("select run_id, as_of_date from governance.run").fetchone()
    if not as_of <= on <= as_of + timedelta(days=STALE_DAYS):
        raise ExportError(
            f"the published leads are of {as_of}, the export of {on}: consents and complaints may "
            f"have changed. Run `wattlead run` for a day within {STALE_DAYS} days before"
        )
    leads.loc[(leads["status"] == "open") & (leads["expires_on"].dt.date < on), "status"] = (
        "expired"
    )
    return leads, formats, run


def _people(workspace: Workspace) -> pd.DataFrame:
    """account_no, name, phone: from the vault, which only an export reads."""
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        return connection.execute("""
            select accounts.account_no, customers.name, customers.phone
            from vault.vault_crm__accounts as accounts
            left join vault.vault_crm__customers as customers
                on accounts.customer_no = customers.customer_no
        """).df()


def _list(leads: pd.DataFrame, people: pd.DataFrame, form: str) -> pd.DataFrame:
    table = leads.merge(people, on="account_no", how="left", validate="m:1")
    # What platforms match audiences by: no number in the clear leaves for them.
    table["phone_sha256"] = [
        hashlib.sha256(str(number).strip().encode()).hexdigest() if pd.notna(number) else None
        for number in table["phone"]
    ]
    for name in ("planned_on", "expires_on"):
        table[name] = pd.to_datetime(table[name]).dt.strftime("%Y-%m-%d")
    table = table.sort_values(["planned_on", "expected_value_cny"], ascending=[True, False])
    return table[[*_COMMON, *_PERSONAL[form]]].reset_index(drop=True)


def _digest(leads: pd.Series) -> str:
    return hashlib.sha256("\n".join(sorted(leads)).encode()).hexdigest()


def touch_no(lead_ids: pd.Series) -> pd.Series:
    """The touch that carries each lead out (macros/touch_of_lead.sql)."""
    return "L" + lead_ids


def _land(workspace: Workspace, leads: pd.DataFrame, on: date) -> None:
    """Campaigns and touches of what is assigned, not yet sent; the same assignment lands once."""
    entities = contract.load(PROJECT / "models")
    writer = contract.LandingWriter(entities, workspace.landing)
    already = {name for line in audit.noted(workspace, "assigned") for name in line["leads"]}
    new = leads[~leads["lead_id"].isin(already)]
    if new.empty:
        return
    month = pd.to_datetime(new["feature_month"]).dt.strftime("%Y-%m")
    new = new.assign(campaign_no="L" + month + "-" + new["product_code"] + "-" + new["channel"])
    campaigns = new.groupby("campaign_no", as_index=False).first()
    start = pd.to_datetime(campaigns["cycle_from"])
    end = start + pd.to_timedelta(int(files.threshold("response_window_days")), unit="D")
    stem = f"leads-{_digest(new['lead_id'])[:12]}"
    writer.write(
        "marketing", "campaigns", on,
        pa.table({
            "campaign_no": campaigns["campaign_no"].tolist(),
            "campaign_name": campaigns["campaign_no"].tolist(),
            "product_code": campaigns["product_code"].tolist(),
            "channel": campaigns["channel"].tolist(),
            "start_on": start.dt.date.tolist(),
            "end_on": end.dt.date.tolist(),
            "holdout_share": pa.array([files.threshold("lead_holdout_share")] * len(campaigns))
            .cast(pa.decimal128(7, 6)),
        }),
        stem,
    )  # fmt: skip
    writer.write(
        "marketing", "touches", on,
        pa.table({
            "touch_no": touch_no(new["lead_id"]).tolist(),
            "campaign_no": new["campaign_no"].tolist(),
            "account_no": new["account_no"].tolist(),
            "channel": new["channel"].tolist(),
            "staff_no": pa.array(new["staff_no"].where(new["staff_no"].notna(), None), pa.string()),
            "arm": new["arm"].tolist(),
        }),
        stem,
    )  # fmt: skip
    audit.note(workspace, "assigned", on=on.isoformat(), leads=sorted(new["lead_id"]))
