"""Resolution in the job: what a date follows, decisions by hand, nothing personal on the way."""

import logging

import dagster as dg
import duckdb
import pandas as pd
import pytest

from orchestration import identity
from orchestration.workspace import Workspace

ZHANG = ("张建华", "person", "990101196008090089", None, "13912340001")


@pytest.fixture
def workspace(tmp_path):
    """A vault of two records of one person and one of another; their accounts."""
    workspace = Workspace(tmp_path)
    workspace.state.mkdir()
    with duckdb.connect(str(workspace.warehouse)) as connection:
        connection.execute("create schema vault")
        connection.execute(
            "create table vault.vault_crm__customers (customer_no varchar, name varchar, "
            "legal_form varchar, id_no varchar, credit_code varchar, phone varchar)"
        )
        connection.execute(
            "create table vault.vault_crm__accounts as select 'A' || n as account_no, "
            "'C' || n as customer_no, null::varchar as account_name, "
            "'临江市城北区解放路' || n || '号' as premise_address from range(1, 4) as t(n)"
        )
    return workspace


def land(workspace, *numbers, who=ZHANG):
    with duckdb.connect(str(workspace.warehouse)) as connection:
        connection.executemany(
            "insert into vault.vault_crm__customers values (?, ?, ?, ?, ?, ?)",
            [(number, *who) for number in numbers],
        )


def founders(workspace, day):
    path = workspace.identity / "customer_map" / f"as_of_date={day}" / "part-0.parquet"
    return dict(pd.read_parquet(path)[["customer_no", "founder_no"]].itertuples(index=False))


def files(workspace):
    return {
        str(path.relative_to(workspace.identity)): path.read_bytes()
        for path in workspace.identity.rglob("*")
        if path.is_file()
    }


def test_a_date_follows_the_date_before_it_and_again_when_run_again(workspace):
    land(workspace, "C2")
    identity.resolve(workspace, "2026-01-31")
    land(workspace, "C1", "C3")
    identity.resolve(workspace, "2026-03-31")
    assert founders(workspace, "2026-03-31") == dict.fromkeys(("C1", "C2", "C3"), "C2")
    # A date between the two, run later, must not change what has been published.
    first = files(workspace)
    identity.resolve(workspace, "2026-02-28")
    identity.resolve(workspace, "2026-03-31")
    assert {name: data for name, data in files(workspace).items() if name in first} == first
    # Nor does a later date's map count for an earlier date.
    identity.resolve(workspace, "2026-01-01")
    assert founders(workspace, "2026-01-01") == dict.fromkeys(("C1", "C2", "C3"), "C1")


def test_a_run_that_was_killed_before_its_map_leaves_no_trace(workspace, monkeypatch):
    land(workspace, "C2")
    identity.resolve(workspace, "2026-01-31")
    land(workspace, "C1")
    whole = identity.pq.write_table

    def killed(table, path, **options):
        if "customer_map" in str(path):
            raise KeyboardInterrupt
        whole(table, path, **options)

    monkeypatch.setattr(identity.pq, "write_table", killed)
    with pytest.raises(KeyboardInterrupt):
        identity.resolve(workspace, "2026-02-28")
    monkeypatch.undo()
    identity.resolve(workspace, "2026-03-31")
    assert (workspace.identity / "follows" / "2026-03-31").read_text() == "2026-01-31"
    identity.resolve(workspace, "2026-02-28")
    assert founders(workspace, "2026-02-28") == {"C1": "C2", "C2": "C2"}


def test_files_logs_and_errors_hold_nothing_personal(workspace, monkeypatch, caplog):
    land(workspace, "C1", "C2")
    with caplog.at_level(logging.DEBUG):
        counts = identity.resolve(workspace, "2026-01-31")
    assert counts == {"records": 2, "customers": 1, "links": 1, "refused": 0}
    links = pd.read_parquet(workspace.identity / "customer_link")
    text = caplog.text + links.to_csv() + str(founders(workspace, "2026-01-31"))

    def quoting(*_):
        raise ValueError(f"cannot convert {ZHANG}")

    monkeypatch.setattr("ml.identity.standardise", quoting)
    with pytest.raises(dg.Failure) as failure:
        identity.resolve(workspace, "2026-02-28")
    assert "ValueError in quoting" in failure.value.description
    text += failure.value.description + repr(failure.getrepr(chain=True))
    assert failure.value.__suppress_context__
    assert not [value for value in ("建华", "9901011960", "1391234", "解放路") if value in text]


def test_a_branch_without_names_is_resolved_to_itself(workspace):
    land(workspace, "C1", "C2", who=(None,) * 5)
    identity.resolve(workspace, "2026-01-31")
    assert founders(workspace, "2026-01-31") == {"C1": "C1", "C2": "C2"}
    links = pd.read_parquet(workspace.identity / "customer_link")
    assert links.empty and "phone_level" in links


def test_of_a_pairs_decisions_the_newest_in_force_counts(tmp_path):
    path = tmp_path / "customer_override.csv"
    path.write_text(
        "customer_no_a,customer_no_b,decision,reason,owner,valid_from\n"
        "C2,C1,same,one shop,customer_data,2026-01-01\n"
        "C1,C2,different,sold,customer_data,2026-03-01\n"
    )
    decided = {
        day: identity.overrides(path, day)[["customer_no_a", "customer_no_b", "decision"]]
        for day in ("2025-12-31", "2026-02-28", "2026-03-01")
    }
    assert [table.to_numpy().tolist() for table in decided.values()] == [
        [],
        [["C1", "C2", "same"]],
        [["C1", "C2", "different"]],
    ]
    path.write_text(path.read_text().replace("sold", "x").replace("different", "apart"))
    with pytest.raises(ValueError, match=r"line 3.*'apart'"):
        identity.overrides(path, "2026-01-31")
