"""dbt in Dagster: manifest, asset keys, run variables, and plain words for what failed."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource

from orchestration import change, run_record, spark
from orchestration.progress import Step
from orchestration.workspace import PROJECT, Workspace

BEFORE_IDENTITY = "tag:before_identity"
AFTER_SCORING = "tag:after_scoring"
# Of so much, two roll-ups at once do not fit into memory: one model at a time, on both cores.
_MANY_ROWS = 50_000_000
_PARSED = "partial_parse.msgpack"
_EXECUTABLE = Path(sys.executable).with_name("wattlead-dbt")


class Translator(DagsterDbtTranslator):
    """Asset keys are schema and table; the folder's layer is the group."""

    def __init__(self):
        """dbt tests are asset checks."""
        super().__init__(DagsterDbtTranslatorSettings(enable_asset_checks=True))

    def get_group_name(self, dbt_resource_props) -> str | None:
        """Staging, marts …: the schema."""
        return dbt_resource_props.get("config", {}).get("schema") or "seeds"


@dataclass(frozen=True)
class FailedTest:
    """A dbt node that failed or warned; ``failures`` counts rows, None if it could not run."""

    name: str
    table: str
    owner: str
    severity: str
    failures: int | None
    message: str
    # What the tested column is to hold; of a test of a whole table, the table.
    description_en: str = "dbt test"
    description_zh: str = "dbt 测试"


def resource() -> DbtCliResource:
    """dbt on this project; the workspace comes from the environment."""
    return DbtCliResource(
        project_dir=str(PROJECT), profiles_dir=str(PROJECT), dbt_executable=str(_EXECUTABLE)
    )


def manifest(workspace: Workspace) -> Path:
    """dbt's manifest, parsed anew if a file of the project changed since."""
    target = workspace.state / "dbt" / "manifest.json"
    files = [
        *PROJECT.glob("*.yml"),
        *(
            path
            for folder in ("models", "macros", "seeds")
            # The folder too: a file that is gone shows only there.
            for path in [PROJECT / folder, *(PROJECT / folder).rglob("*")]
        ),
    ]
    newest = max(path.stat().st_mtime for path in files)
    if not target.exists() or target.stat().st_mtime < newest:
        workspace.prepare()
        parsed = subprocess.run(
            # With the target of most runs: dbt would read the project again for another.
            [str(_EXECUTABLE), "--quiet", "parse", "--profiles-dir", PROJECT, "--target", "duckdb"],
            env={**os.environ, "DBT_TARGET_PATH": str(target.parent)},
            capture_output=True,
            text=True,
            cwd=PROJECT,
        )
        if parsed.returncode:
            raise RuntimeError(f"dbt can't read the project:\n{parsed.stdout}{parsed.stderr}")
        target.touch()
    return target


def build(
    context: dg.AssetExecutionContext,
    dbt: DbtCliResource,
    workspace: Workspace,
    step: Step,
    phase: str,
) -> Iterator:
    """Build and test what the asset selects (phase records, facts or marketing); Dagster's events.

    Raises ``dg.Failure`` that names the failed tests, their tables and owners.
    """
    settings = context.run_tags
    target = settings.get("wattlead/target", "duckdb")
    is_spark = target == "spark"
    now = change.seen(workspace, context.partition_key)
    if is_spark:
        plan = change.Plan(True, change.EVERYTHING, "Spark has no increments")
    else:
        if phase != "marketing" and change.last_seen(workspace) == (None, None):
            # Of no use to this build, and Spark's views would be in its way.
            workspace.warehouse.unlink(missing_ok=True)
        _check_free(workspace.warehouse)
        is_asked_whole = settings.get("wattlead/full_refresh") == "true"
        plan = change.planned(workspace, context.run.run_id, now, is_asked_whole)
    arguments = build_arguments(plan, now, target)
    is_facts = phase == "facts"
    if phase != "marketing" and not is_spark:
        change.start(workspace, now)
    target_path = workspace.state / "dbt" / "run"
    target_path.mkdir(parents=True, exist_ok=True)
    # What an earlier build left must not pass for what this one found.
    (target_path / "run_results.json").unlink(missing_ok=True)
    parsed = manifest(workspace).with_name(_PARSED)
    if parsed.exists() and not (target_path / _PARSED).exists():
        shutil.copy2(parsed, target_path / _PARSED)
    # For this dbt only: a variable that stays would overrule the --vars of a later one.
    with patch.dict(os.environ, run_variables(plan, now)):
        invocation = dbt.cli(
            arguments, context=context, target_path=target_path, raise_on_error=False
        )
    total = len(context.selected_asset_keys)
    done = 0
    # dagster-dbt repeats every line of dbt on standard output; people get our progress instead.
    with (workspace.logs / "dbt.txt").open("a") as log, redirect_stdout(log):
        for event in invocation.stream():
            if isinstance(event, (dg.Output, dg.MaterializeResult)):
                done += 1
                name = getattr(event, "output_name", None) or str(event.asset_key)
                step.show(done, total, name.replace("__", ".", 1))
            yield event
    failed = failed_tests(target_path / "run_results.json", manifest(workspace))
    save = run_record.checks_folder(workspace, context.run.run_id) / f"dbt_{phase}.json"
    save.write_text(json.dumps([vars(test) for test in failed], ensure_ascii=False))
    stopped = [test for test in failed if test.severity == "block"]
    step.note = f"{done} tables" + (f", {len(failed) - len(stopped)} warnings" if failed else "")
    if is_facts:
        extent = "everything" if plan.is_full else f"known from {plan.changed_from} on"
        step.note += f", built {extent} ({plan.reason})"
    if invocation.process.returncode:
        raise dg.Failure(
            description=", ".join(f"{test.table}: {test.name} ({test.owner})" for test in stopped)
            or f"dbt failed before it tested anything; see {workspace.logs / 'dbt.txt'}"
        )
    if is_spark:
        spark.expose(workspace)
    elif is_facts:
        change.finish(workspace, now)


def build_arguments(plan: change.Plan, now: change.Seen, target: str) -> list[str]:
    """Arguments of dbt that build and test what ``plan`` says; ``run_variables`` go with them."""
    arguments = ["build", "--target", target]
    if plan.is_full:
        arguments.append("--full-refresh")
        if now.rows > _MANY_ROWS:
            arguments += ["--threads", "1"]
    return arguments


def run_variables(plan: change.Plan, now: change.Seen) -> dict[str, str]:
    """What dbt's macros take from the environment (macros/run_variable.sql)."""
    return {"WATTLEAD_AS_OF_DATE": now.as_of, "WATTLEAD_CHANGED_FROM": plan.changed_from}


def _check_free(warehouse: Path) -> None:
    """Somebody who reads the warehouse blocks its writer: say so before dbt trips over it."""
    try:
        duckdb.connect(str(warehouse)).close()
    except duckdb.IOException as error:
        holder = re.search(r"PID (\d+)", str(error))
        who = f"process {holder[1]}" if holder else "another process"
        raise dg.Failure(
            f"{who} has {warehouse} open; close it and run again (readers must use published/, "
            "which never blocks)"
        ) from None


def failed_tests(run_results: Path, manifest_path: Path) -> list[FailedTest]:
    """What failed or warned in a dbt run, with the owner to call."""
    if not run_results.exists():
        return []
    project = json.loads(manifest_path.read_text(encoding="utf-8"))
    nodes = project["nodes"]
    found = []
    for result in json.loads(run_results.read_text(encoding="utf-8"))["results"]:
        if result["status"] not in ("fail", "error", "warn", "runtime error"):
            continue
        node = nodes.get(result["unique_id"], {})
        tested = nodes.get(node.get("attached_node") or "", node)
        column = node.get("column_name")
        told = tested.get("columns", {}).get(column, tested) if tested is not node else node
        label = told.get("config", {}).get("meta", {}).get("label_zh")
        found.append(
            FailedTest(
                name=node.get("name", result["unique_id"]),
                table=f"{tested.get('schema', '')}.{tested.get('name', '')}",
                owner=owner_of(tested, project),
                severity="warn" if result["status"] == "warn" else "block",
                failures=result.get("failures"),
                message=_first_line(result.get("message")),
                description_en=": ".join(filter(None, (column, told.get("description"))))
                or "dbt test",
                description_zh=label or "dbt 测试",
            )
        )
    return found


def owner_of(node: dict, manifest_data: dict) -> str:
    """Who answers for a model: its group (dbt_project.yml), or the owner of its source."""
    if owner := node.get("config", {}).get("group"):
        return owner
    for parent in node.get("depends_on", {}).get("nodes", []):
        if parent in manifest_data["sources"]:
            return manifest_data["sources"][parent]["source_meta"]["owner"]
        if parent in manifest_data["nodes"]:
            return owner_of(manifest_data["nodes"][parent], manifest_data)
    return "external_data"


def _first_line(message: str | None) -> str:
    """dbt's message without the rows' values, which may follow on later lines."""
    return (message or "").strip().split("\n")[0][:300]


def public_tables(manifest_path: Path, schemas: tuple[str, ...]) -> dict[tuple[str, str], dict]:
    """What may be published: the models of the public schemas with their descriptions."""
    tables = {}
    for node in json.loads(manifest_path.read_text(encoding="utf-8"))["nodes"].values():
        if node["resource_type"] != "model" or node["schema"] not in schemas:
            continue
        label = node["config"].get("meta", {}).get("label_zh", "")
        tables[node["schema"], node["name"]] = {
            "comment": f"{label}: {node['description']}",
            "columns": {
                name: f"{column['config'].get('meta', {}).get('label_zh', '')}: "
                f"{column['description']}"
                for name, column in node["columns"].items()
            },
        }
    return tables
