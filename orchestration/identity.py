"""Customers resolved between vault and marts: reads the vault, writes no value of it.

What a date's run follows is the newest earlier date's map, and which one that was is noted, so that
a date run again for the past names its customers as it did the first time.
"""

import os
import traceback
from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.progress import Step, step
from orchestration.workspace import PROJECT, Workspace

CUSTOMER_MAP = dg.AssetKey(["identity", "customer_map"])
CUSTOMER_LINK = dg.AssetKey(["identity", "customer_link"])
_VAULT = [dg.AssetKey(["vault", f"vault_crm__{name}"]) for name in ("customers", "accounts")]
_NUMBERS = ("customer_no", "customer_no_a", "customer_no_b", "founder_no", "founded_on", "method")


def identity_asset(workspace: Workspace, **common) -> dg.AssetsDefinition:
    """Which customer each record belongs to, and the evidence for every merge."""

    @dg.multi_asset(
        name="identity",
        specs=[
            dg.AssetSpec(key, deps=_VAULT, group_name="ml") for key in (CUSTOMER_MAP, CUSTOMER_LINK)
        ],
        **common,
    )
    def identity(context: dg.AssetExecutionContext):
        with step("customers resolved") as progress:
            counts = resolve(workspace, context.partition_key, progress)
        for key in (CUSTOMER_MAP, CUSTOMER_LINK):
            yield dg.MaterializeResult(asset_key=key, metadata=counts)

    return identity


def resolve(workspace: Workspace, day: str, progress: Step | None = None) -> dict[str, int]:
    """Resolve what the vault holds, for ``day``, into two Parquet files; gives counts.

    Raises ``dg.Failure`` that says where it failed, without the message: libraries quote values.
    """
    from ml.identity import resolve as resolved

    before = _predecessor(workspace, day)
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        records, accounts = (
            connection.execute(f"select {columns} from vault.vault_crm__{table}").df()
            for columns, table in (
                ("customer_no, name, legal_form, id_no, credit_code, phone", "customers"),
                ("customer_no, account_no, account_name, premise_address", "accounts"),
            )
        )
    try:
        result = resolved(
            records.sort_values("customer_no"),
            accounts.sort_values("account_no"),
            overrides(PROJECT / "seeds" / "customer_override.csv", day),
            day,
            pd.read_parquet(before) if before else None,
        )
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise dg.Failure(
            f"customers were not resolved: {type(error).__name__} in {place.name}, "
            f"{Path(place.filename).name}:{place.lineno}"
        ) from None
    _write(_file(workspace, "customer_link", day), result.links)
    # Last: a later date follows this file, so it stands for a date that is done.
    _write(_file(workspace, "customer_map", day), result.map)
    counts = {
        "records": len(result.map),
        "customers": int(result.map["founder_no"].nunique()),
        "links": len(result.links),
        "refused": result.refused,
    }
    if progress:
        progress.note = (
            f"{counts['customers']:,} customers of {counts['records']:,} records, "
            f"{counts['links']:,} links, {counts['refused']:,} refused"
        )
    return counts


def overrides(path: Path, day: str) -> pd.DataFrame:
    """Decisions by hand that are in force on ``day``; of a pair's several the newest counts.

    Raises ``ValueError`` for a decision that is neither same nor different.
    """
    listed = pd.read_csv(path, dtype=str)
    wrong = listed[~listed["decision"].isin(["same", "different"])]
    if len(wrong):
        raise ValueError(
            f"{path.name}, line {wrong.index[0] + 2}: decision is same or different, "
            f"not {wrong['decision'].iloc[0]!r}"
        )
    listed = listed[listed["valid_from"] <= day]
    ends = ["customer_no_a", "customer_no_b"]
    pairs = listed[ends]
    ordered = listed.assign(
        customer_no_a=pairs.min(axis="columns"), customer_no_b=pairs.max(axis="columns")
    )
    return ordered.sort_values([*ends, "valid_from"]).drop_duplicates(ends, keep="last")


def _file(workspace: Workspace, name: str, day: str) -> Path:
    return workspace.identity / name / f"as_of_date={day}" / "part-0.parquet"


def _predecessor(workspace: Workspace, day: str) -> Path | None:
    """The map that ``day`` follows: chosen on its first run, kept ever after."""
    note = workspace.identity / "follows" / day
    if note.exists():
        chosen = note.read_text()
    else:
        done = (workspace.identity / "customer_map").glob("as_of_date=*/part-0.parquet")
        dates = (path.parent.name.removeprefix("as_of_date=") for path in done)
        chosen = max((date for date in dates if date < day), default="")
        _replace(note, lambda unfinished: unfinished.write_text(chosen))
    path = _file(workspace, "customer_map", chosen)
    return path if chosen and path.exists() else None


def _write(target: Path, table: pd.DataFrame) -> None:
    """One Parquet file by one rename; numbers of records as text even where there are none."""
    types = {
        column: "string" if column in _NUMBERS or column.endswith("_level") else "float64"
        for column in table.columns
    }
    arrow = pa.Table.from_pandas(table.astype(types), preserve_index=False)
    _replace(target, lambda unfinished: pq.write_table(arrow, unfinished, compression="zstd"))


def _replace(target: Path, write) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".tmp")
    write(unfinished)
    os.replace(unfinished, target)
