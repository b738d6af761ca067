"""Planted dirt by kind beside what became of it: ``python -m bench.dirt --workspace W [W …]``.

Each workspace is a finished run (or build) of a simulated branch with ``truth`` beside its landing.
Planted counts come from the truth, handled ones from the warehouse; a branch at dirt 0 must show
none of either.
"""

import argparse
from pathlib import Path

import duckdb

from orchestration.workspace import Workspace

# Account day of each dirty read of a meter that was read into an account.
_DIRTY_DAYS = """
    create temp table dirty_day as
    select defects.kind, defects.meter_no, defects.read_date, days.*
    from read_parquet('{truth}/read_defects.parquet') as defects
    inner join branch.marts.dim_meter as meters
        on defects.meter_no = meters.meter_no
        and defects.read_date >= meters.installed_on
        and (meters.removed_on is null or defects.read_date < meters.removed_on)
    inner join branch.marts.dim_account as accounts on meters.account_no = accounts.account_no
    left join branch.marts.fct_account_day as days
        on meters.account_no = days.account_no and defects.read_date = days.day
"""


def _of_day(entity: str, kind: str, condition: str) -> str:
    handled = f"count(case when {condition} then 1 end)"
    return f"select count(*), {handled} from dirty_day where kind = '{kind}'"


def _refused(entity: str, kind: str, of: str) -> str:
    source, name = entity.split("/")
    return f"""
        select sum(rows), (
            select count(*) from branch.governance.quarantine
            where source = '{source}' and entity = '{name}'
                and list_contains(string_split(replace(breach_columns, ' ', ''), ','), '{of}'))
        from planted where entity = '{entity}' and kind = '{kind}'
    """


def _set_aside(entity: str, kind: str, as_kind: str) -> str:
    source, name = entity.split("/")
    return f"""
        select sum(rows), (
            select count(*) from branch.governance.superseded_row
            where source = '{source}' and entity = '{name}' and kind = '{as_kind}')
        from planted where entity = '{entity}' and kind = '{kind}'
    """


def _orphans(entity: str, kind: str, _: str) -> str:
    return f"""
        select sum(rows), (
            select count(*) from branch.marts.dim_meter
            where account_no is null
                or account_no not in (select account_no from branch.marts.dim_account))
        from planted where entity = '{entity}' and kind = '{kind}'
    """


def _resolved(entity: str, kind: str, _: str) -> str:
    return f"""
        select count(*), count(records.customer_id)
        from read_parquet('{{truth}}/dirt.parquet') as dirt
        left join branch.marts.dim_customer_record as records on dirt.key = records.customer_no
        where dirt.entity = '{entity}' and dirt.kind = '{kind}'
    """


def _not_by_its_bill(entity: str, kind: str, _: str) -> str:
    return f"""
        select count(*), count(case when payments.payment_no is not null and not exists (
            select 1 from branch.marts.fct_bill_payment as matched
            where matched.payment_no = payments.payment_no and matched.rule = 'bill_no') then 1 end)
        from read_parquet('{{truth}}/dirt.parquet') as dirt
        left join branch.marts.fct_payment as payments on dirt.key = payments.payment_no
        where dirt.entity = '{entity}' and dirt.kind = '{kind}'
    """


READS, PAYMENTS = "ami/daily_reads", "billing/payments"
UNUSABLE = "day unusable"
# entity, kind, what must become of it, SQL of (planted, handled so), its argument
KINDS = (
    (READS, "null_key", "quarantined", _refused, "meter_no"),
    (READS, "bad_status", "quarantined", _refused, "read_status"),
    (READS, "duplicate", "kept once", _set_aside, "exact_repeat"),
    (READS, "corrected", "replaced, findable", _set_aside, "superseded"),
    (READS, "late", "counted once it landed", _of_day, "has_read"),
    (READS, "missing", UNUSABLE, _of_day, "not coalesce(is_usable, false)"),
    (READS, "failed", UNUSABLE, _of_day, "not is_usable"),
    (READS, "estimated", "day marked", _of_day, "is_estimated"),
    (READS, "substituted", "day marked", _of_day, "is_estimated"),
    (READS, "negative", UNUSABLE, _of_day, "is_negative and not is_usable"),
    (READS, "spike", UNUSABLE, _of_day, "is_spike and not is_usable"),
    (READS, "watt_hours", UNUSABLE, _of_day, "not is_usable"),
    ("ami/meters", "orphan", "in no account", _orphans, ""),
    ("crm/accounts", "unknown_category", "quarantined", _refused, "category"),
    ("crm/customers", "mojibake", "belongs to a customer", _resolved, ""),
    ("billing/bills", "null_amount", "quarantined", _refused, "amount_due"),
    (PAYMENTS, "null_time", "quarantined", _refused, "paid_at"),
    (PAYMENTS, "duplicate", "kept once", _set_aside, "exact_repeat"),
    (PAYMENTS, "unknown_bill", "not matched by its bill's number", _not_by_its_bill, ""),
    ("external/weather_days", "impossible_humidity", "quarantined", _refused, "humidity"),
)


def counts(workspace: Workspace, truth: Path) -> list[tuple]:
    """entity, kind, planted, handled, what must become of it; then all that was set aside."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{workspace.warehouse}' as branch (read_only)")
        connection.execute(
            f"create temp table planted as from read_parquet('{truth}/defects.parquet')"
        )
        connection.execute(_DIRTY_DAYS.format(truth=truth))
        found = []
        for entity, kind, becomes, handled_so, of in KINDS:
            query = handled_so(entity, kind, of).replace("{truth}", str(truth))
            planted, handled = connection.execute(query).fetchone()
            found.append((entity, kind, int(planted or 0), int(handled or 0), becomes))
        whole = connection.execute("""
            select sum(rows_landed), sum(rows_accepted), sum(rows_duplicate), sum(rows_quarantined),
                count(case when not is_balanced then 1 end)
            from branch.governance.load_balance
        """).fetchone()
    return [*found, whole]


def main() -> None:
    """Print a table for each workspace."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workspace", type=Path, nargs="+", required=True)
    for root in parser.parse_args().workspace:
        *rows, whole = counts(Workspace.at(root), root / "truth")
        print(f"\n{root.name}\n\nentity | kind | planted | handled | what must become of it")
        print("---|---|---:|---:|---")
        for entity, kind, planted, handled, becomes in rows:
            print(f"{entity} | {kind} | {planted:,} | {handled:,} | {becomes}")
        landed, accepted, duplicate, quarantined, unbalanced = whole
        print(
            f"\nlanded {landed:,} = accepted {accepted:,} + duplicate {duplicate:,} + "
            f"quarantined {quarantined:,}; files that do not add up: {unbalanced}"
        )


if __name__ == "__main__":
    main()
