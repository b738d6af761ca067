"""The whole job on a small dirty branch: repeatable, safe to kill, silent, stopped by a defect."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from orchestration import walk
from orchestration.workspace import Workspace

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
pytestmark = pytest.mark.slow

# Put on PYTHONPATH as sitecustomize: every process of the job refuses what is not loopback.
NO_NETWORK = """
import os, socket
_connect = socket.socket.connect
def connect(self, address):
    if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
        with open(os.environ["REFUSED"], "a") as log:
            log.write(f"{address}\\n")
        raise OSError("no network here")
    return _connect(self, address)
socket.socket.connect = connect
_resolve = socket.getaddrinfo
def getaddrinfo(host, *rest, **more):
    if host not in ("127.0.0.1", "::1", "localhost", None):
        with open(os.environ["REFUSED"], "a") as log:
            log.write(f"{host}\\n")
        raise OSError("no network here")
    return _resolve(host, *rest, **more)
socket.getaddrinfo = getaddrinfo
"""


def wattlead(*arguments, **more):
    return subprocess.run(
        [BIN / "wattlead", *map(str, arguments)], capture_output=True, text=True, cwd=ROOT, **more
    )


def done(*arguments, **more):
    result = wattlead(*arguments, **more)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def query(workspace, sql):
    file = workspace / "published" / "wattlead.duckdb"
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def branch(tmp_path_factory):
    """A branch that ran once, with every connection beyond loopback refused."""
    folder = tmp_path_factory.mktemp("branch")
    done("simulate", "--accounts", 60, "--days", 430, "--seed", 7, "--out", folder / "landing")
    (folder / "silent").mkdir()
    (folder / "silent" / "sitecustomize.py").write_text(NO_NETWORK)
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder / "silent"),
        "REFUSED": str(folder / "refused.txt"),
    }
    done("run", "--workspace", folder, env=environment)
    return folder


@pytest.fixture
def copy(branch, tmp_path):
    """The same workspace, to break."""
    shutil.copytree(branch, tmp_path / "w", symlinks=True)
    return tmp_path / "w"


def test_the_job_calls_nobody(branch):
    refused = branch / "refused.txt"
    assert not refused.exists(), refused.read_text()


def test_the_guard_against_calls_would_notice_one(branch, tmp_path):
    environment = {
        **os.environ,
        "PYTHONPATH": str(branch / "silent"),
        "REFUSED": str(tmp_path / "refused.txt"),
    }
    call = "import urllib.request as u; u.urlopen('http://example.com', timeout=5)"
    result = subprocess.run([sys.executable, "-c", call], env=environment, capture_output=True)
    assert result.returncode and "example.com" in (tmp_path / "refused.txt").read_text()


def test_every_landed_row_is_accounted_for(branch):
    ((landed, accepted, duplicate, quarantined, unbalanced),) = query(
        branch,
        "select sum(rows_landed), sum(rows_accepted), sum(rows_duplicate), sum(rows_quarantined), "
        "count(*) filter (where not is_balanced) from governance.load_balance",
    )
    files = (branch / "landing").glob("*/*/load_date=*/*.parquet")
    assert landed == sum(pq.read_metadata(path).num_rows for path in files)
    assert landed == accepted + duplicate + quarantined and unbalanced == 0
    assert duplicate > 0 and quarantined > 0, "the dirty branch must have some of each"


def test_every_planted_row_in_quarantine_has_its_place_and_reason(branch):
    rows = query(
        branch, "select source_file, source_line, breach_reasons from governance.quarantine"
    )
    for file, line, reason in rows:
        assert (branch / "landing" / file).is_file() and line >= 1 and reason


def test_repeats_and_corrections_are_told_apart(branch):
    kinds = dict(query(branch, "select kind, count(*) from governance.superseded_row group by 1"))
    assert kinds.keys() == {"exact_repeat", "superseded"}
    # What replaced a row is never itself replaced.
    chains = query(
        branch,
        "select count(*) from governance.superseded_row a join governance.superseded_row b "
        "on a.replaced_by_file = b.source_file and a.replaced_by_line = b.source_line",
    )
    assert chains == [(0,)]


def test_features_are_kept_to_the_millionth(branch):
    """The macro asks dbt for the contract: a renamed key of it would leave all digits in."""
    columns = query(
        branch, "select column_name, column_type from (describe customer_360.account_month)"
    )
    doubles = [name for name, kind in columns if kind == "DOUBLE"]
    assert len(doubles) > 50
    longer = " + ".join(f"count(case when {n} <> round({n}, 6) then 1 end)" for n in doubles)
    some = " + ".join(f"count({n})" for n in doubles)
    ((found, values),) = query(branch, f"select {longer}, {some} from customer_360.account_month")
    assert found == 0 and values > 1000


def test_a_row_lost_between_landing_and_staging_stops_the_run(copy):
    """One row is taken out of what intake made of a file: the balance must notice."""
    path = sorted((copy / "state" / "raw" / "billing" / "bills").glob("load_date=2026*/*.parquet"))[
        0
    ]
    table = pq.ParquetFile(path).read()
    pq.write_table(table.slice(1), path)
    result = wattlead("run", "--workspace", copy)
    assert result.returncode == 1
    assert "load_balance" in result.stderr and "owner: external_data" in result.stderr


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_queries_of_the_readme_run(branch, name):
    text = (ROOT / name).read_text(encoding="utf-8").split("```sql")[1].split("```")[0]
    queries = [sql for sql in text.split(";") if sql.strip()]
    assert len(queries) == 3
    for sql in queries:
        assert query(branch, sql)


def test_a_reader_of_the_warehouse_is_named(copy):
    with duckdb.connect(str(copy / "state" / "warehouse.duckdb"), read_only=True):
        result = wattlead("run", "--workspace", copy)
    assert result.returncode == 1 and "readers must use published/" in result.stderr
    assert f"process {os.getpid()} has" in result.stderr


def test_no_personal_value_leaves_the_vault(branch):
    with duckdb.connect(str(branch / "state" / "warehouse.duckdb"), read_only=True) as connection:
        secrets = {
            value
            for table, column in [
                ("customers", "name"),
                ("customers", "phone"),
                ("customers", "id_no"),
                ("accounts", "premise_address"),
            ]
            for (value,) in connection.execute(
                f"select distinct {column} from vault.vault_crm__{table} where {column} is not null"
            ).fetchall()
        }
    # Two-character names occur by chance inside other words; longer values don't.
    secrets = {value for value in secrets if len(value) > 3}
    assert len(secrets) > 100
    text = []
    with duckdb.connect(str(branch / "published" / "wattlead.duckdb"), read_only=True) as db:
        for schema, table in db.execute(
            "select schema_name, table_name from duckdb_tables()"
        ).fetchall():
            text += [str(row) for row in db.execute(f"from {schema}.{table}").fetchall()]
    for path in (branch / "state").rglob("*"):
        # What was read on a form waits there for the vault, as what landed does in state/raw.
        if path.is_relative_to(branch / "state" / "forms"):
            continue
        if path.is_file() and path.suffix in (".json", ".html", ".txt", ".log", ".yml", ".skops"):
            text.append(path.read_text(errors="ignore"))
        if path.is_file() and path.is_relative_to(branch / "state" / "dagster"):
            text.append(path.read_bytes().decode(errors="ignore"))
    everything = "\n".join(text)
    assert not [value for value in secrets if value in everything]


def test_running_again_changes_nothing(copy):
    before = done("checksum", "--workspace", copy)
    done("run", "--workspace", copy)
    assert done("checksum", "--workspace", copy) == before


def test_killed_at_any_moment_the_published_state_stays_and_the_next_run_completes(copy):
    before = done("checksum", "--workspace", copy)
    current = (copy / "published" / "current").readlink()
    for seconds in (6, 12):
        process = subprocess.Popen(
            [BIN / "wattlead", "run", "--workspace", copy], stderr=subprocess.DEVNULL, cwd=ROOT
        )
        time.sleep(seconds)
        assert process.poll() is None, "the run ended before it could be killed"
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (copy / "published" / "current").readlink() == current
        assert done("checksum", "--workspace", copy) == before
    done("run", "--workspace", copy)
    assert done("checksum", "--workspace", copy) == before
    assert (copy / "published" / "current").readlink() != current


def test_a_defect_stops_scoring_and_publishing_and_names_check_owner_and_keys(copy):
    """The last month's reads land again in Wh instead of kWh, newer than the good ones."""
    current = (copy / "published" / "current").readlink()
    before = done("checksum", "--workspace", copy)
    scores = sorted((copy / "state" / "scores").rglob("*.parquet"))
    written = [path.stat().st_mtime_ns for path in scores]
    reads = copy / "landing" / "ami" / "daily_reads"
    month = [p for p in reads.glob("load_date=2026-06-*/*.parquet")]
    table = pa.concat_tables([pq.ParquetFile(path).read() for path in month])
    wrong = pc.multiply(table["kwh_total"], 1000).cast(pa.decimal128(12, 4), safe=False)
    place = table.schema.get_field_index("kwh_total")
    table = table.set_column(place, "kwh_total", wrong)
    pq.write_table(table, reads / "load_date=2026-06-30" / "zz-wrong-unit.parquet")
    result = wattlead("run", "--workspace", copy)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "customer_360.account_month" in result.stderr and "owner: metering" in result.stderr
    assert "Nothing was published" in result.stderr and "account_no" in result.stderr
    assert "Traceback" not in result.stderr
    assert (copy / "published" / "current").readlink() == current
    assert done("checksum", "--workspace", copy) == before
    assert [path.stat().st_mtime_ns for path in scores] == written, "it was scored"
    incidents = [json.loads(p.read_text()) for p in (copy / "state/incidents").glob("*.json")]
    assert incidents[-1]["failed_checks"][0]["owner"] == "metering"
    assert any(check["keys"] for check in incidents[-1]["failed_checks"])
    quality = wattlead("quality", "--workspace", copy)
    assert quality.returncode == 1 and "metering" in quality.stdout
    # The wrong file is taken back; the next run publishes again and tells of the incident.
    (reads / "load_date=2026-06-30" / "zz-wrong-unit.parquet").unlink()
    done("run", "--workspace", copy)
    assert done("checksum", "--workspace", copy) == before
    assert query(copy, "select count(*) from governance.incident") == [(1,)]


def test_what_was_known_at_a_months_end_does_not_change_later(branch, tmp_path):
    """Late, repeated and corrected reads land after the month: its rows must not move."""
    earlier = tmp_path / "earlier"
    earlier.mkdir()
    (earlier / "landing").symlink_to(branch / "landing")
    done("run", "--workspace", earlier, "--as-of", "2026-03-31")
    with duckdb.connect() as connection:
        for name, folder in (("late", branch), ("early", earlier)):
            file = folder / "published" / "wattlead.duckdb"
            connection.execute(f"attach '{file}' as {name} (read_only)")
        then = "from early.customer_360.account_month"
        now = "from late.customer_360.account_month where month <= '2026-03-01'"
        moved = connection.execute(
            f"({then} except {now}) union all ({now} except {then})"
        ).fetchall()
        late, rows = connection.execute(
            "select (select count(*) from late.governance.superseded_row where load_date > "
            "'2026-03-31'), (select count(*) from early.customer_360.account_month)"
        ).fetchone()
    assert not moved
    assert rows > 500 and late > 0, "nothing landed late: the test shows nothing"


def test_an_old_business_date_reads_nothing_that_landed_later(branch, tmp_path):
    early = tmp_path / "early"
    early.mkdir()
    (early / "landing").symlink_to(branch / "landing")
    result = wattlead("run", "--workspace", early, "--as-of", "2025-04-29")
    # Days after the first load no month is complete: the gate says so, nothing is published.
    assert result.returncode == 1 and "account_month" in result.stderr
    assert not (early / "published").exists()


def test_an_account_can_be_walked_through_all_layers(branch):
    page = walk.walk(Workspace.at(branch))
    account = re.search(r"Account `(\w+)`", page)[1]
    titles = [title for title, _, _ in walk.steps()]
    assert re.findall(r"^## (.+)$", page, flags=re.M) == titles
    # Landed, staged, a day, a month, one screen, segment: this account has all of these.
    for title in ("1.", "2.", "3.", "6.", "9.", "10.", "12."):
        step = page.split(f"## {title}")[1].split("\n## ")[0]
        assert "*No row" not in step and step.count("\n| ") > 1, step
    assert walk.walk(Workspace.at(branch), account) == page
    with pytest.raises(LookupError, match="NOBODY"):
        walk.walk(Workspace.at(branch), "NOBODY")
