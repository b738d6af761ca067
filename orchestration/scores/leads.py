"""The assets of the leads: who is worth an offer (candidates), and the cycle's plan (leads)."""

from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd

from orchestration.assets import ACCOUNT_MONTH, COMMON
from orchestration.progress import step
from orchestration.scores import files
from orchestration.scores.response import RESPONSE
from orchestration.scores.segments import SEGMENTS
from orchestration.workspace import Workspace

CANDIDATES = dg.AssetKey(["scores", "lead_candidates"])
PLAN = ("leads", "lead_outcomes", "lead_resources")
CYCLE_DAYS = 31  # a lead counts until the end of the month after its features


def asset(workspace: Workspace) -> dg.AssetsDefinition:
    """Ranked candidates, the cycle's leads and their cards."""

    @dg.multi_asset(
        name="leads",
        specs=[
            dg.AssetSpec(key, deps=[ACCOUNT_MONTH, SEGMENTS, RESPONSE], group_name="ml")
            for key in (CANDIDATES, *(["scores", name] for name in (*PLAN, "model_card")))
        ],
        **COMMON,
    )
    def leads(context: dg.AssetExecutionContext):
        from ml.leads import rank_leads

        with step("leads") as progress:
            day = context.partition_key
            features = files.newest_month(workspace)
            ranked = rank_leads(
                features,
                pd.read_parquet(files.score_file(workspace, "segments", day)),
                files.seed("lead_product"),
                files.seed("lead_eligibility"),
                files.seed("lead_evidence"),
            )
            files.write_scores(workspace, "lead_candidates", day, ranked.leads)
            card = ranked.card.frame()
            files.write_scores(workspace, "model_card", day, card, "lead_candidates")
            kept = _accepted(workspace, day)
            if kept:
                _copy(workspace, kept, day)
                progress.note = f"{len(ranked.leads):,} candidates, plan of {kept} kept"
            else:
                made = make_plan(workspace, day, features, ranked.leads)
                files.write_scores(workspace, "leads", day, made.leads)
                files.write_scores(workspace, "lead_outcomes", day, made.counts)
                files.write_scores(workspace, "lead_resources", day, made.resources)
                files.write_scores(workspace, "model_card", day, made.card.frame(), "leads")
                progress.note = f"{len(ranked.leads):,} candidates, {len(made.leads):,} leads"
        for name in ("lead_candidates", *PLAN, "model_card"):
            yield dg.MaterializeResult(
                asset_key=["scores", name], metadata={"candidates": len(ranked.leads)}
            )

    return leads


def make_plan(workspace: Workspace, day: str, features: pd.DataFrame, ranked: pd.DataFrame):
    """The cycle's plan (``ml.lead_plan.LeadPlan``) from the warehouse as it is on ``day``."""
    from ml import lead_value
    from ml.allocation import Limits, Settings
    from ml.lead_plan import Cycle, plan

    as_of = date.fromisoformat(day)
    month = files.feature_month(as_of)
    expires_on = (month + timedelta(days=CYCLE_DAYS)).replace(day=1) + timedelta(days=CYCLE_DAYS)
    expires_on = expires_on.replace(day=1) - timedelta(days=1)
    settings = files.seed("thresholds", typed=True).set_index("code")["value"]
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:

        def rows(query: str) -> pd.DataFrame:
            return connection.execute(query).df()

        reach = rows("select * exclude (customer_id) from customer_360.account_channel")
        channels = rows("select * from marts.dim_channel where is_usable")
        workdays = rows(
            f"select day from marts.dim_workday_ahead where day <= date '{expires_on}' order by day"
        )["day"]
        held = rows("select account_no, product_code from marts.fct_enrolment where is_active")
        staff = rows(
            "select staff_no, org_code from marts.dim_staff "
            "where is_active and role_code = 'account_manager'"
        )
    days = [stamp.date() for stamp in pd.to_datetime(workdays)]
    candidates = lead_value.candidates(
        ranked,
        features,
        reach[["account_no", "channel", *lead_value.CHANNEL_COLUMNS]],
        files.seed("lead_value"),
        channels,
        _learned(workspace, day),
    )
    minutes = settings["lead_minutes_a_day"] * settings["lead_staff_share"] * len(days)
    limits = Limits(
        channels=channels[["channel", "cost_cny", "capacity_per_day", "minutes_per_contact"]]
        .astype({"capacity_per_day": "float64"})
        .assign(capacity_per_cycle=float("nan")),
        staff=staff[["staff_no"]].assign(minutes_free=float(minutes)),
        territory=staff[["staff_no", "org_code"]].assign(product_code=None),
        conflicts=files.seed("product_conflict"),
        held=held,
        budget_cny=float(settings["lead_budget_cny"]),
    )
    cycle = Cycle(month, days, expires_on, f"{month:%Y-%m}")
    holdout = float(settings["lead_holdout_share"])
    return plan(candidates, ranked, limits, Settings(holdout, seed=f"{month:%Y-%m}"), cycle)


def accept(workspace: Workspace, day: str) -> None:
    """Keep the plan of ``day`` for the rest of its cycle, unless an earlier one is kept.

    Called when it was published: a plan that a gate stopped is made anew.
    """
    note = _note(workspace, day)
    if not note.exists() and files.score_file(workspace, "leads", day).exists():
        files.write_bytes(note, day.encode())


def _accepted(workspace: Workspace, day: str) -> str | None:
    """The day whose published plan is in force on ``day``."""
    note = _note(workspace, day)
    kept = note.read_text().strip() if note.exists() else ""
    there = kept and all(files.score_file(workspace, name, kept).exists() for name in PLAN)
    return kept if there and kept <= day else None


def _note(workspace: Workspace, day: str) -> Path:
    month = files.feature_month(date.fromisoformat(day))
    return workspace.models / "leads" / f"{month:%Y-%m}.plan"


def _copy(workspace: Workspace, kept: str, day: str) -> None:
    for name, stem in (*((name, "part-0") for name in PLAN), ("model_card", "leads")):
        source = files.score_file(workspace, name, kept, stem)
        files.write_bytes(files.score_file(workspace, name, day, stem), source.read_bytes())


def _learned(workspace: Workspace, day: str) -> pd.DataFrame | None:
    path = files.score_file(workspace, "response", day)
    return pd.read_parquet(path) if path.exists() else None
