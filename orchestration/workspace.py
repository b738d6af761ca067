"""Where everything of one branch lies: landing, state and what is published."""

import os
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from contract import TIMEZONE

PROJECT = Path(__file__).resolve().parents[1]

# One pool with one slot guards the warehouse: DuckDB takes one writer. Runs and their history stay
# in the workspace; nothing is reported to anybody. Monitoring ends runs that never start or never
# stop; those that die in between are buried when the daemon or the next run starts (burial.py).
_DAGSTER_YAML = """\
telemetry:
  enabled: false
concurrency:
  pools:
    granularity: op
    default_limit: 1
  runs:
    max_concurrent_runs: 1
run_monitoring:
  enabled: true
  start_timeout_seconds: 600
  cancel_timeout_seconds: 180
  free_slots_after_run_end_seconds: 300
retention:
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days: {skipped: 7, failure: 30, success: 90}
"""


def today() -> date:
    """The business date now, wherever the machine's clock stands."""
    return datetime.now(ZoneInfo(TIMEZONE)).date()


@dataclass(frozen=True)
class Workspace:
    """Paths of a workspace; ``root`` is absolute."""

    root: Path

    @classmethod
    def at(cls, folder: str | os.PathLike | None = None) -> "Workspace":
        """The workspace in ``folder``, in WATTLEAD_WORKSPACE, or the project folder itself.

        Raises ``ValueError`` for a path that dbt and Dagster take for a pattern or for code.
        """
        chosen = folder or os.environ.get("WATTLEAD_WORKSPACE") or PROJECT
        root = Path(chosen).resolve()
        if bad := set("'\"[]{}*?") & set(str(root)):
            raise ValueError(
                f"the path {root} has {' '.join(sorted(bad))} in it, which dbt and Dagster don't "
                "take; give the workspace a plain name"
            )
        return cls(root)

    @property
    def landing(self) -> Path:
        """Where files land; WATTLEAD_LANDING names another folder."""
        return Path(os.environ.get("WATTLEAD_LANDING") or self.root / "landing").resolve()

    @property
    def state(self) -> Path:
        """Everything that can be made anew from landing."""
        return self.root / "state"

    @property
    def raw(self) -> Path:
        """What intake made of landing."""
        return self.state / "raw"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that dbt alone writes; after a build on Spark, views of what it wrote."""
        return self.state / "warehouse.duckdb"

    @property
    def spark_tables(self) -> Path:
        """Tables that Spark wrote, by schema."""
        return self.state / "spark" / "tables"

    @property
    def scores(self) -> Path:
        """What ml returned, as Parquet by name and as_of_date."""
        return self.state / "scores"

    @property
    def identity(self) -> Path:
        """Which customer each record belongs to, by as_of_date; the next date follows it."""
        return self.state / "identity"

    @property
    def forms(self) -> Path:
        """What was read on application forms: personal, so only the vault reads it."""
        return self.state / "forms"

    @property
    def models(self) -> Path:
        """Fitted models."""
        return self.state / "models"

    @property
    def gx(self) -> Path:
        """Context of Great Expectations."""
        return self.state / "gx"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own storage."""
        return self.state / "dagster"

    @property
    def logs(self) -> Path:
        """What dbt and Dagster said."""
        return self.state / "logs"

    @property
    def checks(self) -> Path:
        """What the gates of the current run found, by suite."""
        return self.state / "checks"

    @property
    def incidents(self) -> Path:
        """One JSON file per failed run."""
        return self.state / "incidents"

    @property
    def lock(self) -> Path:
        """Held by whoever runs the job."""
        return self.state / "run.lock"

    @property
    def published(self) -> Path:
        """What readers use."""
        return self.root / "published"

    def prepare(self) -> None:
        """Make the state folders and the environment that dbt and Dagster need."""
        for folder in (self.state, self.dagster_home, self.logs, self.incidents, self.checks):
            folder.mkdir(parents=True, exist_ok=True)
        settings = self.dagster_home / "dagster.yaml"
        if not settings.exists() or settings.read_text() != _DAGSTER_YAML:
            settings.write_text(_DAGSTER_YAML)
        os.environ.update(self.environment())

    def environment(self) -> dict[str, str]:
        """Variables for dbt, Dagster and Great Expectations; every one of them stays silent."""
        return {
            "WATTLEAD_WORKSPACE": str(self.root),
            "WATTLEAD_STATE": str(self.state),
            "DAGSTER_HOME": str(self.dagster_home),
            "DAGSTER_DISABLE_TELEMETRY": "true",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            # Unit tests are of the code and need no branch: `make test-dbt` runs them.
            "DBT_EXCLUDE_RESOURCE_TYPES": os.environ.get("DBT_EXCLUDE_RESOURCE_TYPES", "unit_test"),
            "DBT_LOG_PATH": str(self.logs),
            "DBT_TARGET_PATH": str(self.state / "dbt"),
            "DBT_VERSION_CHECK": "false",
            "DO_NOT_TRACK": "1",
            "GX_ANALYTICS_ENABLED": "false",
        }
