"""Wrong use ends with status 2 and one clear line; never with a stack trace."""

import json

import duckdb
import pytest
from click.testing import CliRunner

from orchestration.cli import cli


@pytest.fixture
def call(monkeypatch):
    monkeypatch.delenv("WATTLEAD_WORKSPACE", raising=False)
    monkeypatch.delenv("WATTLEAD_LANDING", raising=False)

    def run(*arguments):
        result = CliRunner().invoke(cli, [str(a) for a in arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        return result.exit_code, result.output

    return run


@pytest.fixture
def package(tmp_path):
    """A package at a flat price of 0.40 CNY for households."""
    file = tmp_path / "package.yml"
    file.write_text(
        "{name: Flat 40, label_zh: 四角, categories: [residential], "
        "prices_cny_per_kwh: {flat: 0.4}}",
        encoding="utf-8",
    )
    return file


@pytest.mark.parametrize("command", ["run", "check-landing", "dagster"])
def test_without_landing(call, tmp_path, command):
    code, output = call(command, "--workspace", tmp_path)
    assert code == 2 and "there is no landing folder" in output and "wattlead simulate" in output


@pytest.mark.parametrize("command", ["summary", "checksum"])
def test_before_anything_is_published(call, tmp_path, command):
    code, output = call(command, "--workspace", tmp_path)
    assert code == 2 and "nothing is published" in output


def test_quality_before_any_run(call, tmp_path):
    code, output = call("quality", "--workspace", tmp_path)
    assert code == 2 and "no run has been made" in output


def test_an_empty_landing(call, tmp_path):
    (tmp_path / "landing").mkdir()
    code, output = call("run", "--workspace", tmp_path)
    assert code == 2 and "nothing has landed" in output


@pytest.mark.parametrize("day", ["2009-12-31", "2999-01-01"])
def test_a_business_date_out_of_range(call, tmp_path, day):
    (tmp_path / "landing").mkdir()
    code, output = call("run", "--workspace", tmp_path, "--as-of", day)
    assert code == 2 and day in output and "--as-of" in output


def test_a_business_date_that_is_none(call, tmp_path):
    code, output = call("run", "--workspace", tmp_path, "--as-of", "31.12.2013")
    assert code == 2 and "31.12.2013" in output


def test_the_default_date_passes_over_folders_that_are_none(call, tmp_path):
    (tmp_path / "landing" / "ami" / "meters" / "load_date=unknown-no").mkdir(parents=True)
    (tmp_path / "landing" / "ami" / "meters" / "load_date=unknown-no" / "m.csv").touch()
    code, output = call("run", "--workspace", tmp_path)
    assert code == 2 and "nothing has landed" in output
    assert "warning: ami/meters/load_date=unknown-no is passed over" in output


def test_importing_from_a_folder_without_the_data(call, tmp_path):
    code, output = call("import", "london", "--from", tmp_path, "--out", tmp_path / "landing")
    assert code == 2 and "block_*.csv" in output and "London Datastore" in output


def test_landing_into_a_folder_that_is_not_empty(call, tmp_path):
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "x").touch()
    code, output = call("import", "london", "--from", tmp_path, "--out", tmp_path / "landing")
    assert code == 2 and "is not empty" in output


def test_check_landing_reports_and_exits_with_1_on_a_breach(call, tmp_path):
    folder = tmp_path / "landing" / "ami" / "meters" / "load_date=2024-01-01"
    folder.mkdir(parents=True)
    (folder / "m.csv").write_text("meter_no,account_no\nM1,A1\n,A2\n", encoding="utf-8")
    code, output = call("check-landing", "--workspace", tmp_path, "--format", "json")
    report = json.loads(output[output.index("{") :])
    assert code == 1 and report["breached"]
    meters = next(e for e in report["entities"] if e["entity"] == "ami/meters")
    assert meters["rows"] == 2 and meters["breached_rows"] == 1
    assert meters["examples"][0]["line"] == 3 and meters["examples"][0]["column"] == "meter_no"
    (folder / "m.csv").write_text("meter_no,account_no\nM1,A1\n", encoding="utf-8")
    code, output = call("check-landing", "--workspace", tmp_path)
    assert code == 0 and "ami/meters" in output


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (["--accounts", 0], "--accounts"),
        (["--days", 9000], "public holidays"),
        (["--end", "2031-01-01"], "choose another end"),
        (["--dirt", 4], "0<=x<=3"),
        (["--seed", -1], "--seed"),
        (["--chunk", 0], "--chunk"),
    ],
)
def test_a_branch_that_cannot_be_simulated(call, tmp_path, wrong, words):
    code, output = call("simulate", *wrong, "--out", tmp_path / "landing")
    assert code == 2 and words in output and not (tmp_path / "truth").exists()


def test_simulating_where_something_is_or_nothing_can_be(call, tmp_path):
    (tmp_path / "file").write_text("x")
    code, output = call("simulate", "--out", tmp_path)
    assert code == 2 and "is not empty" in output
    code, output = call("simulate", "--out", tmp_path / "file" / "landing")
    assert code == 2 and "name another folder" in output


@pytest.mark.parametrize("is_file", [True, False])
def test_the_truth_of_another_branch_is_not_mixed_in(call, tmp_path, is_file):
    truth = tmp_path / "truth"
    if is_file:
        truth.write_text("x")
    else:
        truth.mkdir()
        (truth / "accounts.parquet").write_bytes(b"old")
    code, output = call("simulate", "--accounts", 5, "--days", 3, "--out", tmp_path / "landing")
    assert code == 2 and "another branch" in output and "remove it first" in output
    assert not (tmp_path / "landing").exists()


def test_a_simulated_branch_lands_with_its_truth_beside_it(call, tmp_path):
    arguments = ["--accounts", 40, "--days", 45, "--out", tmp_path / "landing"]
    code, output = call("simulate", *arguments)
    assert code == 0 and "landed" in output
    assert not [path for path in (tmp_path / "landing").rglob("*") if "truth" in path.name]
    for name in ("accounts", "uplift", "customers", "defects"):
        assert duckdb.sql(f"from '{tmp_path}/truth/{name}.parquet'").fetchall(), name


@pytest.mark.parametrize("name", ["it's", "a[1]", "b*"])
def test_a_path_that_the_tools_would_misread(call, tmp_path, name):
    code, output = call("run", "--workspace", tmp_path / name)
    assert code == 2 and "plain name" in output


def test_a_what_if_before_anything_is_published(call, tmp_path, package):
    code, output = call("whatif", "tariff", package, "--workspace", tmp_path)
    assert code == 2 and "nothing is published" in output


def test_a_what_if_of_a_file_that_is_none(call, tmp_path, package):
    code, output = call("whatif", "tariff", tmp_path / "no.yml", "--workspace", tmp_path)
    assert code == 2 and "no.yml" in output and "name a package" in output
    package.write_text("{name: X, categories: [residential], price: 1}")
    code, output = call("whatif", "tariff", package, "--workspace", tmp_path)
    assert code == 2 and "price: no such field" in output and "per_kwh: is missing" in output


def publish_basis(folder):
    """A and B may choose, at 50 and 30 CNY today; C is a shop; nobody read D."""
    (folder / "published").mkdir()
    with duckdb.connect(str(folder / "published" / "wattlead.duckdb")) as connection:
        connection.execute("""
            create schema marts; create schema marketing;
            create table marts.dim_account as select * from (values
                ('A', 'residential'), ('B', 'residential'), ('C', 'commercial'),
                ('D', 'residential')
            ) as t(account_no, category), (select cast(0.22 as decimal(12, 3)) as voltage_kv);
            create table marts.fct_rate_basis as select account_no, date '2026-01-01' as month,
                usage_kwh, null::decimal(18, 4) as sharp_kwh, null::decimal(18, 4) as peak_kwh,
                null::decimal(18, 4) as flat_kwh, null::decimal(18, 4) as valley_kwh,
                false as has_registers, null::decimal(14, 3) as contract_capacity_kva,
                null::decimal(14, 2) as demand_kw, null::decimal(6, 4) as adjustment_share,
                current_bill_cny
            from (values ('A', 100.00, 50.00), ('B', 100.00, 30.00), ('C', 100.00, 90.00),
                ('D', null, 40.00)) as t(account_no, usage_kwh, current_bill_cny);
        """)
        connection.execute("""
            create table marketing.customer_segment as select 'A' as account_no,
                'Night' as segment_name_en, '夜间' as segment_name_zh
        """)


def test_a_what_if_tells_who_gains_and_who_loses(call, tmp_path, package):
    publish_basis(tmp_path)
    code, output = call("whatif", "tariff", package, "--workspace", tmp_path)
    lines = [" ".join(line.split()) for line in output.splitlines()]
    assert code == 0 and lines[0].startswith("Flat 40: 3 accounts may choose it, 2 can be computed")
    assert "not computed: 1 accounts (days without a read)" in lines
    assert "billed +0.00 CNY" in output and "had, -10.00 CNY" in output
    assert "Night 1 1 0 10.00 0.00 -10.00" in lines
    assert "Unscored 2 0 1 0.00 10.00 +10.00" in lines
    assert "Household 3 1 1 10.00 10.00 +0.00" in lines
    code, output = call("whatif", "tariff", package, "--workspace", tmp_path, "--lang", "zh")
    assert code == 0 and "四角：可选 3 户，可测算 2 户" in output and "夜间" in output
    assert "居民生活" in output and "缺日电量" in output and "residential" not in output


def test_a_what_if_on_what_an_older_version_published(call, tmp_path, package):
    publish_basis(tmp_path)
    with duckdb.connect(str(tmp_path / "published" / "wattlead.duckdb")) as connection:
        connection.execute("drop table marts.fct_rate_basis")
    code, output = call("whatif", "tariff", package, "--workspace", tmp_path)
    assert code == 2 and "fct_rate_basis" in output and "wattlead run" in output
