"""Each image is read once, ever; what cannot be read is a row; personal values stay put."""

import json

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from ml import form_image
from ml.form_fields import FIELDS, Line
from orchestration.scores.form_check import read_and_check
from orchestration.workspace import Workspace

DAY = "2026-06-30"
LINES = [
    Line("申请编号：Y1-0000000001", 0.99, ((60, 100), (320, 100), (320, 124), (60, 124))),
    Line("户名：王磊", 0.99, ((60, 160), (160, 160), (160, 184), (60, 184))),
]


@pytest.fixture
def workspace(tmp_path):
    """Four forms: good, damaged, missing, and one whose path leads out of landing."""
    place = Workspace.at(tmp_path)
    place.warehouse.parent.mkdir(parents=True)
    images = place.landing / "_attachments"
    images.mkdir(parents=True)
    (images / "good.png").write_bytes(b"good")
    (images / "bad.png").write_bytes(b"bad")
    (tmp_path / "secret.png").write_bytes(b"good")
    with duckdb.connect(str(place.warehouse)) as connection:
        connection.execute("""
            create schema vault; create schema staging;
            create table vault.vault_documents__files as
                select *, 'application_form' as kind, null::varchar as account_no
                from (values ('F1', '_attachments/good.png'), ('F2', '_attachments/bad.png'),
                    ('F3', '_attachments/gone.png'), ('F4', '../secret.png'), ('F5', null)
                ) as t(document_no, path);
            create table staging.stg_process__applications as
                select 'Y1-0000000001' as application_no, 'A1' as account_no, 'C1' as customer_no,
                    'new' as kind, 8 as requested_kva, timestamp '2026-06-01' as submitted_at;
            create table vault.vault_crm__accounts as
                select 'A1' as account_no, '王磊' as account_name, '某地' as premise_address,
                    0.22 as voltage_kv, 'residential' as category;
            create table vault.vault_crm__customers as
                select 'C1' as customer_no, '王磊' as name, null::varchar as credit_code,
                    null::varchar as id_no, null::varchar as phone;
        """)
    return place


@pytest.fixture
def reader(monkeypatch):
    """A stand-in for the recognition, that counts."""
    read = []

    def passes(data, options):
        read.append(data)
        if data == b"bad":
            raise form_image.UnreadableImage("no image")
        return [LINES]

    monkeypatch.setattr(form_image, "passes", passes)
    return read


def test_an_image_is_read_once_and_every_form_has_rows(workspace, reader):
    assert read_and_check(workspace, DAY) == {"forms": 5, "new": 2, "unreadable": 4}
    assert read_and_check(workspace, "2026-07-01") == {"forms": 5, "new": 0, "unreadable": 4}
    assert reader == [b"good", b"bad"]
    checks = pd.read_parquet(
        workspace.scores / "form_check" / f"as_of_date={DAY}" / "part-0.parquet"
    )
    assert len(checks) == 5 * len(FIELDS)
    states = checks.drop_duplicates("document_no").set_index("document_no")["image_state"]
    assert states.to_dict() == {
        "F1": "read", "F2": "damaged", "F3": "missing", "F4": "missing", "F5": "missing"
    }  # fmt: skip
    name = checks.query("document_no == 'F1' and field == 'name'").iloc[0]
    assert name["is_typed_same"] and name["application_no"] == "Y1-0000000001"


def test_what_a_form_says_goes_to_the_vaults_source_only(workspace, reader):
    read_and_check(workspace, DAY)
    readings = pq.read_table(workspace.forms / "reading" / f"as_of_date={DAY}" / "part-0.parquet")
    assert "王磊" in readings.column("value").to_pylist()
    for path in workspace.scores.rglob("*.parquet"):
        assert "王磊" not in json.dumps(
            pq.read_table(path).to_pylist(), default=str, ensure_ascii=False
        )
