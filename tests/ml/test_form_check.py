"""Forms against what was typed: same, different, nothing to compare; and no value comes out."""

import pandas as pd

from ml import form_check
from ml.form_fields import FIELDS, Field

OPTIONS = pd.DataFrame(
    [
        ("kind", "增容", "increase"),
        ("voltage", "220V", "0.22"),
        ("category", "居民生活", "residential"),
    ],
    columns=["field", "value", "typed_value"],
)
TYPED = {
    "application_no": "Y1-01",
    "account_no": "A1",
    "name": "王磊",
    "id_no": "990101196408059697",
    "phone": None,
    "address": "临江市 人民路2号",
    "kind": "increase",
    "requested_kva": "24.000",
    "voltage": "0.220",
    "category": "commercial",
    "submitted_on": "2026-04-27",
}
READ = {
    "application_no": "Y101",
    "name": "王石",
    "id_no": "990101196408059697",
    "phone": "14445587493",
    "address": "临江市人民路2号",
    "kind": "增容",
    "requested_kva": "24",
    "voltage": "220V",
    "category": "居民生活",
    "submitted_on": None,
}


def checked(account: str | None = "A1", state: str = "read", read=READ) -> pd.DataFrame:
    documents = pd.DataFrame(
        [("F1", account, state)], columns=["document_no", "account_no", "image_state"]
    )
    fields = {"F1": {code: Field(value, 0.8) for code, value in read.items()}} if read else {}
    readings = form_check.readings(documents, fields)
    assert list(readings["field"]) == list(FIELDS)
    return form_check.check(documents, readings, pd.DataFrame([TYPED]), OPTIONS)


def same(checks: pd.DataFrame) -> dict:
    told = checks.set_index("field")["is_typed_same"]
    return {field: None if pd.isna(value) else bool(value) for field, value in told.items()}


def test_each_field_is_compared_in_its_own_way():
    checks = checked()
    assert same(checks) == {
        "application_no": True, "name": False, "id_no": True, "phone": None, "address": True,
        "kind": True, "requested_kva": True, "voltage": True, "category": False,
        "submitted_on": None,
    }  # fmt: skip
    assert set(checks["application_no"]) == {"Y1-01"}
    assert checks.set_index("field")["is_found"].loc["submitted_on"] == False  # noqa: E712


def test_a_number_misread_into_anothers_application_compares_nothing():
    checks = checked(account="A2")
    assert checks["application_no"].isna().all() and checks["is_typed_same"].isna().all()
    # A new connection has no account yet.
    assert checked(account=None)["application_no"].notna().all()


def test_an_image_that_cannot_be_read_is_rows_and_no_crash():
    checks = checked(state="damaged", read=None)
    assert len(checks) == len(FIELDS)
    assert set(checks["image_state"]) == {"damaged"} and not checks["is_found"].any()
    assert "1 of them without" in form_check.card(checks, "none", 0.9).text_en


def test_no_value_leaves():
    checks = checked()
    assert list(checks.columns) == list(form_check.CHECKS)
    told = checks.drop(columns=["application_no", "document_no"]).to_csv()
    assert not [value for value in READ.values() if value and len(value) > 2 and value in told]


def test_no_form_at_all_is_an_empty_table_with_types_and_a_card_that_says_so():
    documents = pd.DataFrame(columns=["document_no", "account_no", "image_state"])
    checks = form_check.check(
        documents, form_check.readings(documents, {}), pd.DataFrame([TYPED]).iloc[:0], OPTIONS
    )
    assert checks.empty and str(checks["is_typed_same"].dtype) == "boolean"
    assert form_check.card(checks, "none", 0.9).text_en == "No application form has landed."
