"""The assets of the leads: who is worth an offer (candidates), and the cycle's plan (leads)."""

from datetime import date
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
    from ml.allocation import Settings
    from ml.lead_plan import Cycle, plan

    month = files.feature_month(date.fromisoformat(day))
    # A lead counts until the end of the month after its features.
    expires_on = (pd.Timestamp(month) + pd.offsets.MonthEnd(2)).date()
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        reach = connection.execute(
            f"select account_no, channel, {', '.join(lead_value.CHANNEL_COLUMNS)} "
            "from customer_360.account_channel"
        ).df()
        odds = connection.execute("select channel, prior_odds_ratio from marts.dim_channel").df()
        workdays = connection.execute(
            "select day from marts.dim_workday_ahead where day <= ? order by day", [expires_on]
        ).df()["day"]
        held = connection.execute(
            "select account_no, product_code from marts.fct_enrolment where is_active"
        ).df()
        days = [stamp.date() for stamp in pd.to_datetime(workdays)]
        limits = branch_limits(connection, len(days))
    limits.held = held
    learned = _learned(workspace, day)
    candidates = lead_value.candidates(
        ranked, features, reach, files.seed("lead_value"), odds, learned
    )
    rules = f"rules-{month:%Y-%m}"
    version = rules if learned.empty else f"{rules}, {learned['model_version'].iloc[0]}"
    cycle = Cycle(month, days, expires_on, version)
    settings = Settings(files.threshold("lead_holdout_share"), seed=f"{month:%Y-%m}")
    return plan(candidates, ranked, limits, settings, cycle)


def branch_limits(connection, days: int):
    """``ml.allocation.Limits`` of ``days`` working days: channels, account managers, budget."""
    from ml.allocation import Limits

    channels = connection.execute("""
        select channel, cost_cny, minutes_per_contact,
            cast(capacity_per_day as double) as capacity_per_day,
            cast(null as double) as capacity_per_cycle
        from marts.dim_channel where is_usable
    """).df()
    staff = connection.execute(
        "select staff_no, org_code from marts.dim_staff "
        "where is_active and role_code = 'account_manager'"
    ).df()
    minutes = days * files.threshold("lead_minutes_a_day") * files.threshold("lead_staff_share")
    return Limits(
        channels=channels,
        staff=staff[["staff_no"]].assign(minutes_free=minutes),
        territory=staff.assign(product_code=None),
        conflicts=files.seed("product_conflict"),
        budget_cny=files.threshold("lead_budget_cny"),
        days=days,
    )


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


def _learned(workspace: Workspace, day: str) -> pd.DataFrame:
    """What the response model says; no rows where nothing was learned."""
    return pd.read_parquet(files.score_file(workspace, "response", day))
