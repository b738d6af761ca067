"""What was read on paper forms against what was typed in: same or not, field by field."""

import re

import pandas as pd

from ml.card import Card
from ml.form_fields import FIELDS
from ml.frames import typed

NAME = "form_check"
CHECKS = {
    "document_no": "text",
    "application_no": "text",
    "field": "text",
    "image_state": "text",
    "is_found": "flag",
    "confidence": "double",
    "is_typed_same": "flag",
}
READINGS = {"document_no": "text", "field": "text", "value": "text", "confidence": "double"}
_NO_IMAGE = {"missing", "damaged"}


def readings(documents: pd.DataFrame, read: dict) -> pd.DataFrame:
    """One row a document and field, with what was read: personal, for the vault only.

    ``documents``: document_no, image_state (read, missing or damaged). ``read``: fields by
    document_no of those that were read.
    """
    rows = []
    for document in documents.itertuples(index=False):
        found = read.get(document.document_no, {})
        for field in FIELDS:
            each = found.get(field)
            rows.append(
                (document.document_no, field, each and each.value, each.confidence if each else 0.0)
            )
    return typed(pd.DataFrame(rows, columns=list(READINGS)), READINGS)


def check(
    documents: pd.DataFrame,
    values: pd.DataFrame,
    applications: pd.DataFrame,
    options: pd.DataFrame,
) -> pd.DataFrame:
    """One row a document and field with the columns ``CHECKS``; no value of any field.

    ``documents``: document_no, image_state, account_no (or null). ``values``: as ``readings``
    returns. ``applications``: what was typed in, by application_no: account_no and one column a
    field, as text in the form's own words, null where nothing was typed. ``options``: field, value
    and typed_value of seeds/form_option.csv.
    """
    wide = values.pivot(index="document_no", columns="field", values="value")
    sure = values.set_index(["document_no", "field"])["confidence"]
    coded = {
        field: dict(zip(rows["value"], rows["typed_value"], strict=True))
        for field, rows in options.groupby("field")
    }
    typed_in = applications.set_index("application_no")
    numbers = {_bare(number): number for number in typed_in.index}
    rows = []
    for document in documents.itertuples(index=False):
        said = wide.loc[document.document_no] if document.document_no in wide.index else {}
        number = numbers.get(_bare(said.get("application_no")))
        before = typed_in.loc[number] if number is not None else None
        # A number misread into another application's: the account tells.
        if before is not None and _contradicts(before["account_no"], document.account_no):
            number, before = None, None
        for field in FIELDS:
            value = said.get(field)
            value = value if isinstance(value, str) and value else None
            if field == "application_no":
                same = None if value is None or number is None else True
            else:
                same = _same(field, value, None if before is None else before[field], coded)
            rows.append(
                (
                    document.document_no,
                    number,
                    field,
                    document.image_state,
                    value is not None,
                    float(sure.get((document.document_no, field), 0.0)),
                    same,
                )
            )
    return typed(pd.DataFrame(rows, columns=list(CHECKS)), CHECKS)


def _contradicts(one, other) -> bool:
    return isinstance(one, str) and isinstance(other, str) and one != other


def _bare(value) -> str:
    """Letters and digits only, as one writes numbers in many ways."""
    return re.sub(r"[^0-9A-Z\u4e00-\u9fff]", "", str(value).upper()) if value is not None else ""


def _same(field: str, value: str | None, before, coded: dict) -> bool | None:
    """Whether the two say the same; None where one of them says nothing."""
    if value is None or not isinstance(before, str) or not before:
        return None
    value = coded.get(field, {}).get(value, value)
    try:
        return float(value) == float(before) if field in ("requested_kva", "voltage") else (
            _bare(value) == _bare(before)
        )  # fmt: skip
    except ValueError:
        return False


def card(checks: pd.DataFrame, engine: str, low: float) -> Card:
    """The card of the reading; ``low``: confidence below which a person looks."""
    forms = checks["document_no"].nunique()
    unread = checks.loc[checks["image_state"].isin(_NO_IMAGE), "document_no"].nunique()
    compared = checks[checks["is_typed_same"].notna()]
    same = float(compared["is_typed_same"].astype(float).mean()) if len(compared) else None
    if not forms:
        en, zh = "No application form has landed.", "尚无申请表影像。"
    else:
        share = "none" if same is None else f"{same:.1%}"
        share_zh = "无" if same is None else f"{same:.1%}"
        en = (
            f"Reads {len(FIELDS)} fields of {forms:,} application forms, {unread:,} of them "
            f"without a readable image. Of {len(compared):,} fields typed as well, {share} say the "
            "same. Not trained here: the recognition models come with the package."
        )
        zh = (
            f"识别{forms:,}份申请表的{len(FIELDS)}个字段，其中{unread:,}份无可读影像；"
            f"与录入可比的{len(compared):,}个字段中一致的占{share_zh}。识别模型随软件包提供，未在本地训练。"
        )
    return Card(
        model_name=NAME,
        trained_from=None,
        trained_to=None,
        rows=0,
        features=list(FIELDS),
        metrics={
            "forms": forms,
            "unreadable": unread,
            "fields_compared": len(compared),
            "same": same,
        },
        parameters={"engine": engine, "low_confidence": low},
        text_en=en,
        text_zh=zh,
    )
