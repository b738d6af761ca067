"""Fields read on application forms against what is written on them, as the simulator knows.

``python -m bench.branch.documents --workspace W``: the forms whose images were read by the run, or
are read now (state/forms keeps them), ``FORMS`` at most, every so-manieth by document number.
"""

import time

import numpy as np
import pandas as pd

from bench.branch.row import Row, arguments, table
from ml import form_fields
from ml.harness.intervals import Bootstrap
from orchestration.scores import files
from orchestration.scores.form_check import looked_at
from orchestration.workspace import Workspace

FORMS = 150
MODEL = "documents"


def fields(workspace: Workspace, truth: pd.DataFrame) -> pd.DataFrame:
    """One row a form and field, with whether it is right; forms without an image left out."""
    options = files.seed("form_option")
    allowed = {field: list(rows["value"]) for field, rows in options.groupby("field")}
    rows = []
    for form in truth.itertuples(index=False):
        started = time.monotonic()
        looks, is_new = looked_at(workspace, form.path, allowed)
        seconds = time.monotonic() - started if is_new else np.nan
        if not isinstance(looks, list):
            continue
        read = form_fields.merged([form_fields.read(lines, allowed) for lines in looks])
        for code, field in read.items():
            written = getattr(form, code) or None
            rows.append(
                (form.document_no, code, form.level, len(looks), seconds, field.confidence,
                 field.value == written)
            )  # fmt: skip
    names = ["document_no", "field", "level", "looks", "seconds", "confidence", "is_right"]
    return pd.DataFrame(rows, columns=names)


def rows(found: pd.DataFrame, low: float) -> list[Row]:
    """Accuracy over all, by level and by field, and what the queue of unsure ones catches."""
    bootstrap = Bootstrap()
    right = found["is_right"].to_numpy(float)
    sure = (found["confidence"] >= low).to_numpy()
    forms = found["document_no"].nunique()
    whole = bootstrap.interval(
        lambda w: float((w * right).sum() / w.sum()), len(right), found["document_no"]
    )
    result = [Row(MODEL, "field accuracy", *whole, target=">= 0.97", note=f"{forms} forms")]
    for level, part in found.groupby("level"):
        note = f"{part['document_no'].nunique()} forms"
        result.append(
            Row(MODEL, f"field accuracy, {level} forms", part["is_right"].mean(), note=note)
        )
    for field, part in found.groupby("field", sort=False):
        result.append(Row(MODEL, f"accuracy of {field}", part["is_right"].mean()))
    result.append(Row(MODEL, "accuracy of fields sure enough", right[sure].mean()))
    result.append(Row(MODEL, "share of fields not sure enough", float((~sure).mean())))
    caught = float((~sure)[right == 0].mean()) if (right == 0).any() else 1.0
    result.append(Row(MODEL, "share of wrong fields among the unsure", caught))
    first = found.drop_duplicates("document_no")
    result.append(Row(MODEL, "forms looked at twice", float((first["looks"] > 1).mean())))
    if first["seconds"].notna().any():
        result.append(Row(MODEL, "seconds an image", float(first["seconds"].mean())))
    return result


def main() -> None:
    """Print the table."""
    chosen = arguments("OCR of application forms against the simulator's truth")
    truth = pd.read_parquet(chosen.truth / "application_forms.parquet").sort_values("document_no")
    truth = truth.iloc[:: max(1, len(truth) // FORMS)].head(FORMS)
    low = files.threshold("form_min_confidence")
    print(table(rows(fields(Workspace.at(chosen.workspace), truth), low)))


if __name__ == "__main__":
    main()
