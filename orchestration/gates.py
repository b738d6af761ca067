"""The gates as blocking Dagster checks: what scoring and publishing may assume."""

import json
from dataclasses import asdict
from datetime import date

import dagster as dg

import expectations
from orchestration import run_record
from orchestration.assets import ACCOUNT_MONTH, POOL
from orchestration.progress import step
from orchestration.scores.files import feature_month
from orchestration.turn import TURN
from orchestration.workspace import Workspace

# suite, the asset it guards, the step's name on the terminal
GATES = (
    ("account_month", ACCOUNT_MONTH, "gate: account_month"),
    ("segments", dg.AssetKey(["marketing", "customer_segment"]), "gate: customer_segment"),
    ("lead_candidates", dg.AssetKey(["marketing", "lead_candidate"]), "gate: lead_candidate"),
    ("leads", dg.AssetKey(["marketing", "lead"]), "gate: lead"),
    ("account_risk", dg.AssetKey(["marketing", "account_risk"]), "gate: account_risk"),
)


def gate_checks(workspace: Workspace) -> list[dg.AssetChecksDefinition]:
    """One blocking check per gated table."""
    return [_gate(workspace, *gate) for gate in GATES]


def _gate(workspace: Workspace, suite: str, asset: dg.AssetKey, title: str):
    @dg.asset_check(
        asset=asset,
        name=f"gate_{suite}",
        blocking=True,
        pool=POOL,
        required_resource_keys={TURN},
        description=f"Great Expectations suite {suite}; a failure stops what reads the table.",
    )
    def check(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        with step(title) as progress:
            as_of = context.run.tags["dagster/partition"]
            month = feature_month(date.fromisoformat(as_of))
            result = expectations.validate(
                workspace.warehouse,
                suite,
                {"as_of_date": as_of, "feature_month": month},
                workspace.gx,
            )
            failed = [check for check in result.checks if not check.passed]
            saved = [asdict(check) for check in result.checks]
            folder = run_record.checks_folder(workspace, context.run.run_id)
            path = folder / f"gate_{suite}.json"
            path.write_text(
                json.dumps({"table": result.table, "checks": saved}, ensure_ascii=False, indent=1)
            )
            warned = sum(check.severity == "warn" for check in failed)
            progress.note = f"{len(result.checks)} checks on {result.rows:,} rows"
            if failed:
                progress.note += f", {len(failed) - warned} failed, {warned} warnings"
        return dg.AssetCheckResult(
            passed=result.passed,
            metadata={
                "rows": result.rows,
                "failed": dg.MetadataValue.json(
                    [
                        {
                            "check": check.name,
                            "owner": check.owner,
                            "severity": check.severity,
                            "observed": check.observed,
                            "failing_rows": check.failing_count,
                            "keys": check.failing_keys,
                        }
                        for check in failed
                    ]
                ),
            },
        )

    return check
