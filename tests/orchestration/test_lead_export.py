"""The way out and the way back: audited lists, safe cells, outcomes that land once."""

import csv
import json
import shutil
from datetime import date

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import contract
from orchestration import audit, sheets
from orchestration.cli import cli
from orchestration.lead_export import ExportError, export
from orchestration.outcome_import import import_outcomes
from orchestration.workspace import PROJECT, Workspace

AS_OF = date(2026, 6, 30)
ON = date(2026, 7, 2)
NAME, PHONE = "=HYPERLINK(张三)", "13800001111"


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    """Six leads: two to call, two messages (one without consent any more), two held out."""
    opened = Workspace.at(tmp_path)
    opened.landing.mkdir()
    opened.state.mkdir()
    opened.published.mkdir()
    with duckdb.connect(str(opened.published / "wattlead.duckdb")) as connection:
        connection.execute("""
            create schema marketing; create schema marts; create schema governance;
            create table governance.run as select 'r1' as run_id, date '2026-06-30' as as_of_date;
            create table marts.dim_channel as select * from (values
                ('phone', 'phones', 'phone', true), ('app', 'audience', 'app', true))
                as t(channel, export_format, consent_channel, is_usable);
            create table marts.dim_staff as select 'E1' as staff_no;
            create table marts.dim_account as
                select 'A' || n as account_no, 'C' || n as customer_no from range(6) as r(n);
            create table marketing.lead as
                select 'lead' || n as lead_id, 'A' || n as account_no, 'ev' as product_code,
                    '充电桩' as product_label_zh, case when n < 3 then 'phone' else 'app' end
                    as channel, case when n < 2 then 'E1' end as staff_no, '01' as org_code,
                    case when n in (2, 5) then 'holdout' else 'treated' end as arm,
                    case when n in (2, 5) then 'held_out' when n = 4 then 'consent_withdrawn'
                        else 'open' end as status,
                    date '2026-07-01' as planned_on, '18:00-20:00' as contact_hours,
                    date '2026-07-31' as expires_on,
                    date '2026-07-01' as cycle_from, date '2026-06-01' as feature_month,
                    10.0 - n as expected_value_cny, '@夜间用电多' as reason_1_zh,
                    null::varchar as reason_2_zh, null::varchar as reason_3_zh
                from range(6) as r(n);
        """)
    with duckdb.connect(str(opened.warehouse)) as connection:
        connection.execute(f"""
            create schema vault;
            create table vault.vault_crm__accounts as
                select 'A' || n as account_no, 'C' || n as customer_no from range(6) as r(n);
            create table vault.vault_crm__customers as
                select 'C' || n as customer_no, '{NAME}' as name, '{PHONE}' as phone
                from range(6) as r(n);
        """)
    return opened


def lists(out):
    return {path.name: sheets.read(path) for path in sorted(out.iterdir())}


def landed(workspace, entity):
    files = sorted((workspace.landing / entity).glob("load_date=*/*.parquet"))
    return pd.concat([pq.read_table(file).to_pandas() for file in files], ignore_index=True)


def exported(workspace, out, **kwargs):
    return export(workspace, out, "Li", "July calls", kwargs.pop("on", ON), **kwargs)


def test_only_open_treated_leads_leave_and_by_phone_only_with_a_number(workspace, tmp_path):
    exported(workspace, tmp_path / "out")
    found = lists(tmp_path / "out")
    assert list(found) == ["leads-2026-06-app.csv", "leads-2026-06-phone.csv"]
    calls, app = found["leads-2026-06-phone.csv"], found["leads-2026-06-app.csv"]
    assert calls["lead_id"].tolist() == ["lead0", "lead1"]
    assert calls["phone"].tolist() == [PHONE, PHONE]
    assert app["lead_id"].tolist() == ["lead3"]
    assert "phone" not in app.columns
    assert "name" not in app.columns
    assert len(app["phone_sha256"][0]) == 64
    assert (tmp_path / "out" / "leads-2026-06-phone.csv").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("form", sheets.FORMATS)
def test_no_cell_is_a_formula_and_it_reads_back_as_it_was(workspace, tmp_path, form):
    exported(workspace, tmp_path / "out", form=form)
    path = tmp_path / "out" / f"leads-2026-06-phone.{form}"
    if form == "csv":
        cells = [cell for row in csv.reader(path.open(encoding="utf-8-sig")) for cell in row]
    else:
        cells = pd.read_excel(path, header=None, dtype=str).fillna("").to_numpy().ravel().tolist()
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@")]
    assert set(sheets.read(path)["name"]) == {NAME}


@given(st.text(max_size=20))
def test_neutral_text_never_starts_a_formula_and_is_undone(text):
    safe = sheets.neutral(text)
    assert safe.lstrip(" \u3000")[:1] not in ("=", "+", "-", "@", "＝", "＋", "－", "＠", "|", "%")
    assert sheets._plain(safe) == text or text.startswith("'")


def test_every_export_is_on_record_without_personal_data(workspace, tmp_path):
    exported(workspace, tmp_path / "out", channels=("phone",))
    (line,) = audit.noted(workspace, "export")
    assert (line["by"], line["purpose"], line["channel"], line["rows"]) == (
        "Li", "July calls", "phone", 2,
    )  # fmt: skip
    assert "phone" in line["columns"]
    text = (workspace.state / "audit" / "export.jsonl").read_text()
    assert PHONE not in text
    assert "张三" not in text


def test_without_a_record_no_file_leaves(workspace, tmp_path, monkeypatch):
    real = audit.note

    def full(where, deed, **what):
        if deed == "export":
            raise OSError("no space left")
        real(where, deed, **what)

    monkeypatch.setattr(audit, "note", full)
    with pytest.raises(OSError, match="no space"):
        exported(workspace, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_both_arms_land_once_and_keep_the_contract(workspace, tmp_path):
    exported(workspace, tmp_path / "out")
    exported(workspace, tmp_path / "again", on=date(2026, 7, 3))
    touches = landed(workspace, "marketing/touches")
    assert touches["touch_no"].tolist() == ["Llead0", "Llead1", "Llead2", "Llead3", "Llead5"]
    assert touches["arm"].tolist() == ["treated", "treated", "holdout", "treated", "holdout"]
    assert touches["sent_at"].isna().all()
    campaigns = landed(workspace, "marketing/campaigns")
    assert sorted(campaigns["campaign_no"]) == ["L2026-06-ev-app", "L2026-06-ev-phone"]
    report = contract.check(contract.load(PROJECT / "models"), workspace.landing, lambda *_: None)
    assert not report.breached


@pytest.mark.parametrize(
    ("kwargs", "says"),
    [
        ({"on": date(2026, 7, 20)}, "published leads are of 2026-06-30"),
        ({"on": date(2026, 6, 1)}, "published leads are of 2026-06-30"),
        ({"channels": ("fax",)}, "no channel fax"),
    ],
)
def test_what_cannot_be_exported_is_said(workspace, tmp_path, kwargs, says):
    with pytest.raises(ExportError, match=says):
        exported(workspace, tmp_path / "out", **kwargs)


def outcome_list(path, *rows):
    head = "lead_id,outcome,contacted_on,channel,staff_no,responded_on,enrolled_on"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def test_good_outcomes_land_and_bad_rows_are_refused_with_their_line(workspace, tmp_path):
    exported(workspace, tmp_path / "out")
    path = outcome_list(
        tmp_path / "back.csv",
        "lead0,accepted,2026-07-03,,,2026-07-04,2026-07-10",
        "lead1,opted_out,2026-07-03,,,,",
        "lead3,no_answer,2026-07-05,,,,",
        "lead2,accepted,2026-07-03,,,,",  # held out
        "lead9,accepted,2026-07-03,,,,",
        "lead0,declined,2026-07-03,,,,",  # says otherwise above
        "lead3,maybe,2026-07-05,,,,",
        "lead3,accepted,soon,,,,",
        "lead3,accepted,2026-08-30,,,,",
        "lead3,accepted,2026-07-01,,,,",  # before the export
        "lead3,accepted,2026-07-05,fax,,,",
        "lead3,accepted,2026-07-05,,E9,,",
    )
    result = import_outcomes(workspace, path, "Li", date(2026, 7, 20))
    assert (result.read, result.accepted, result.unchanged) == (12, 3, 0)
    assert [line for line, _, _ in result.refused] == list(range(5, 14))
    reasons = " / ".join(reason for _, _, reason in result.refused)
    for word in ("held out", "no lead", "higher up", "outcome is none", "no date", "after the",
                 "before the export", "channel is none", "staff_no"):  # fmt: skip
        assert word in reasons
    touches = landed(workspace, "marketing/touches")
    sent = touches[touches["sent_at"].notna()].set_index("touch_no")
    assert sorted(sent.index) == ["Llead0", "Llead1", "Llead3"]
    assert sent.loc["Llead0", "staff_no"] == "E1"
    assert sorted(landed(workspace, "marketing/responses")["outcome"]) == ["accepted", "opted_out"]
    bought = landed(workspace, "marketing/enrolments")
    assert bought[["account_no", "product_code"]].to_numpy().tolist() == [["A0", "ev"]]
    refusal = landed(workspace, "crm/consents")
    assert refusal[["customer_no", "channel", "status"]].to_numpy().tolist() == [
        ["C1", "phone", "revoked"]
    ]
    report = contract.check(contract.load(PROJECT / "models"), workspace.landing, lambda *_: None)
    assert not report.breached


def test_the_same_list_again_changes_nothing_and_news_supersedes(workspace, tmp_path):
    exported(workspace, tmp_path / "out")
    # One with an account manager, one without.
    rows = ("lead0,interested,2026-07-03,,,,", "lead3,no_answer,2026-07-03,,,,")
    path = outcome_list(tmp_path / "back.csv", *rows)
    import_outcomes(workspace, path, "Li", date(2026, 7, 20))
    before = sorted(workspace.landing.rglob("*.parquet"))
    again = import_outcomes(workspace, path, "Li", date(2026, 7, 21))
    assert (again.accepted, again.unchanged) == (0, 2)
    assert sorted(workspace.landing.rglob("*.parquet")) == before
    # On the same load date the list that came later must have the later name.
    news = outcome_list(tmp_path / "news.csv", "lead0,accepted,2026-07-03,,,,2026-07-20")
    assert import_outcomes(workspace, news, "Li", date(2026, 7, 20)).accepted == 1
    assert landed(workspace, "marketing/responses")["outcome"].tolist() == [
        "interested", "accepted",
    ]  # fmt: skip


def test_a_list_that_contradicts_itself_says_the_same_twice(workspace, tmp_path):
    exported(workspace, tmp_path / "out")
    rows = ("lead0,no_answer,2026-07-03,,,,", "lead0,accepted,2026-07-03,,,,")
    path = outcome_list(tmp_path / "back.csv", *rows)
    for accepted, unchanged in ((1, 0), (0, 1)):
        told = import_outcomes(workspace, path, "Li", date(2026, 7, 20))
        assert (told.accepted, told.unchanged) == (accepted, unchanged)
        assert [line for line, _, _ in told.refused] == [3]


def test_a_lost_audit_overwrites_nothing_that_landed(workspace, tmp_path):
    exported(workspace, tmp_path / "out")
    for lead in ("lead0", "lead3"):
        path = outcome_list(tmp_path / "back.csv", f"{lead},interested,2026-07-03,,,,")
        import_outcomes(workspace, path, "Li", date(2026, 7, 20))
        shutil.rmtree(workspace.state / "audit")
        exported(workspace, tmp_path / lead)
    touches = landed(workspace, "marketing/responses")["touch_no"]
    assert sorted(touches) == ["Llead0", "Llead3"]


def test_a_list_that_can_t_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / "list.csv").mkdir()
    with pytest.raises(OSError):
        sheets.write(pd.DataFrame({"phone": ["13800000000"]}), tmp_path / "list.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]


def test_a_comma_at_the_end_of_each_row_shifts_nothing(workspace, tmp_path):
    exported(workspace, tmp_path / "out")
    path = tmp_path / "back.csv"
    path.write_text("lead_id,outcome,contacted_on\nlead0,interested,2026-07-03,\n", "utf-8")
    assert import_outcomes(workspace, path, "Li", date(2026, 7, 20)).accepted == 1


def test_the_command_line_says_what_happened(workspace, tmp_path):
    runner = CliRunner()
    at = ["--workspace", str(workspace.root), "--by", "Li", "--on", "2026-07-02"]
    out = ["--out", str(tmp_path / "out")]
    done = runner.invoke(cli, ["leads", "export", *at, *out, "--purpose", "calls"])
    assert done.exit_code == 0, done.output
    assert "2 leads" in done.output
    assert PHONE not in done.output
    path = outcome_list(tmp_path / "b.csv", "lead0,accepted,2026-07-02,,,,", "x,accepted,1,,,,")
    back = runner.invoke(cli, ["outcomes", "import", str(path), *at])
    assert back.exit_code == 1
    assert "1 accepted, 0 known already, 1 refused" in back.output
    assert json.loads((workspace.state / "audit" / "outcomes.jsonl").read_text())["refused"] == 1
    assert sheets.read(tmp_path / "b.refused.csv")["line"].tolist() == ["3"]
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK no sheet")
    bad = runner.invoke(cli, ["outcomes", "import", str(broken), *at])
    assert bad.exit_code == 2
    assert "no readable list" in bad.output
