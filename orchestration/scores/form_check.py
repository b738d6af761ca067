"""The asset of application forms: each image is read once, ever, and compared with what was typed.

What is read is personal. It goes to ``state/forms``, which only the vault reads; the scores say
whether a field was found and is the same, never what it says.
"""

import hashlib
import json
import traceback
from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.assets import ACCOUNT_MONTH, COMMON
from orchestration.progress import Step, step
from orchestration.scores import files
from orchestration.workspace import Workspace

READING = dg.AssetKey(["forms", "reading"])
CHECK = dg.AssetKey(["scores", "form_check"])
_READS = [
    ACCOUNT_MONTH,
    dg.AssetKey(["vault", "vault_documents__files"]),
    dg.AssetKey(["vault", "vault_crm__customers"]),
    dg.AssetKey(["vault", "vault_crm__accounts"]),
    dg.AssetKey(["staging", "stg_process__applications"]),
]


def asset(workspace: Workspace) -> dg.AssetsDefinition:
    """What was read (for the vault), how it compares, and the card."""

    @dg.multi_asset(
        name="form_check",
        specs=[dg.AssetSpec(key, deps=_READS, group_name="ml") for key in (READING, CHECK)],
        **COMMON,
    )
    def form_check(context: dg.AssetExecutionContext):
        with step("application forms") as progress:
            try:
                counts = read_and_check(workspace, context.partition_key, progress)
            except Exception as error:
                # Libraries quote values, and these are personal.
                place = traceback.extract_tb(error.__traceback__)[-1]
                raise dg.Failure(
                    f"forms were not read: {type(error).__name__} in {place.name}, "
                    f"{Path(place.filename).name}:{place.lineno}"
                ) from None
        for key in (READING, CHECK):
            yield dg.MaterializeResult(asset_key=key, metadata=counts)

    return form_check


def read_and_check(workspace: Workspace, day: str, progress: Step | None = None) -> dict[str, int]:
    """Read new images, write readings, checks and the card of ``day``; gives counts."""
    from ml import form_check, form_fields, form_image

    documents, applications = _landed(workspace)
    options = files.seed("form_option")
    allowed = {field: list(rows["value"]) for field, rows in options.groupby("field")}
    read, states, new = {}, [], 0
    for place, document in enumerate(documents.itertuples(index=False), 1):
        looks, is_new = looked_at(workspace, document.path, allowed)
        new += is_new
        states.append("read" if isinstance(looks, list) else looks)
        if isinstance(looks, list):
            fields = [form_fields.read(lines, allowed) for lines in looks]
            read[document.document_no] = form_fields.merged(fields)
        if progress:
            progress.show(place, len(documents), "forms")
    documents = documents.assign(image_state=states)
    readings = form_check.readings(documents, read)
    checks = form_check.check(documents, readings, applications, options)
    low = files.threshold("form_min_confidence")
    card = form_check.card(checks, form_image.engine(), low)
    target = workspace.forms / "reading" / f"as_of_date={day}" / "part-0.parquet"
    table = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pandas(readings, preserve_index=False), table)
    files.write_bytes(target, table.getvalue().to_pybytes())
    files.write_scores(workspace, "form_check", day, checks)
    files.write_scores(workspace, "model_card", day, card.frame(), form_check.NAME)
    counts = {"forms": len(documents), "new": new, "unreadable": len(documents) - len(read)}
    if progress:
        progress.note = (
            f"{counts['forms']:,} forms, {new:,} read now, {counts['unreadable']:,} unreadable"
        )
    return counts


def _landed(workspace: Workspace) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Forms with their images' paths, and what was typed of each application, as text."""
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        documents = connection.execute("""
            select document_no, account_no, path from vault.vault_documents__files
            where kind = 'application_form' order by document_no
        """).df()
        applications = connection.execute("""
            select applications.application_no, applications.account_no,
                coalesce(customers.name, accounts.account_name) as name,
                coalesce(customers.credit_code, customers.id_no) as id_no, customers.phone,
                accounts.premise_address as address, applications.kind,
                cast(applications.requested_kva as varchar) as requested_kva,
                cast(accounts.voltage_kv as varchar) as voltage, accounts.category,
                cast(cast(applications.submitted_at as date) as varchar) as submitted_on
            from staging.stg_process__applications as applications
            left join vault.vault_crm__accounts as accounts
                on applications.account_no = accounts.account_no
            left join vault.vault_crm__customers as customers
                on applications.customer_no = customers.customer_no
            order by applications.application_no
        """).df()
    return documents, applications


def looked_at(workspace: Workspace, path, options: dict) -> tuple[list | str, bool]:
    """Lines of each look at an image, or why there are none (missing, damaged); whether read now.

    Kept by the hash of the image's bytes, so that a file that landed twice or moved costs nothing.
    """
    from ml import form_fields, form_image

    source = (workspace.landing / path).resolve() if isinstance(path, str) and path else None
    # A path that leads out of landing names no image of ours.
    if source is None or not source.is_relative_to(workspace.landing) or not source.is_file():
        return "missing", False
    data = source.read_bytes()
    kept = workspace.forms / "looks" / f"{hashlib.sha256(data).hexdigest()}.json"
    is_new = not kept.exists()
    if is_new:
        try:
            looks = [
                [[line.text, line.score, line.box] for line in lines]
                for lines in form_image.passes(data, options)
            ]
        except form_image.UnreadableImage:
            looks = None
        said = {"engine": form_image.engine(), "looks": looks}
        files.write_bytes(kept, json.dumps(said, ensure_ascii=False).encode())
    looks = json.loads(kept.read_text(encoding="utf-8"))["looks"]
    if looks is None:
        return "damaged", is_new
    return [
        [
            form_fields.Line(text, score, tuple(tuple(corner) for corner in box))
            for text, score, box in lines
        ]
        for lines in looks
    ], is_new
