"""``python -m orchestration.walk``: one account through all layers.

The questions and their prose are in walk.sql; this runs them in a workspace after its run and
writes the page that docs/walk-through.md shows. Nothing personal is read: no query sees the vault.
"""

import re
from decimal import Decimal
from pathlib import Path

import click
import duckdb

from orchestration.workspace import PROJECT, Workspace

_STEPS = PROJECT / "orchestration" / "walk.sql"
_HEAD = """\
# One account through all layers

Account `{account}` of the simulated branch of `make demo`, from a row in a file to a lead. Each
step names the layer, says what it is for and shows a query with its real output. Written by
`make walk` (`python -m orchestration.walk --workspace demo --account {account}`); to ask yourself,
open `state/warehouse.duckdb` read-only with any DuckDB 2 client in the folder `demo`. What each
column means: [data dictionary](data-dictionary.md); how the layers are built:
[architecture](architecture.md).
"""
# What tells most: a day that landed twice or broke a rule, of a customer of several accounts.
_CHOOSE = """
with raw as (
    select meter_no, read_date, source_file, source_line, breach_columns is not null as is_broken,
        -- Best of all is a day that a later month corrected.
        date_trunc('month', load_date) < max(date_trunc('month', load_date))
            over (partition by meter_no, read_date) as is_retold
    from read_parquet('state/raw/ami/daily_reads/*/*.parquet', hive_partitioning = true)
    where read_date is not null and meter_no is not null
), left_out as (
    select raw.meter_no, raw.read_date, max(cast(raw.is_broken as integer)) as broken,
        max(case when rows.kind is null then 0 when raw.is_retold then 2 else 1 end) as superseded
    from raw left join governance.superseded_row as rows using (source_file, source_line)
    where raw.is_broken or rows.kind is not null
    group by all
), days as (
    select meters.account_no, meters.meter_no,
        coalesce(left_out.read_date, meters.last_read_on) as day,
        coalesce(left_out.broken, 0) + coalesce(left_out.superseded, 0) as told
    from marts.dim_meter as meters left join left_out using (meter_no)
)
select days.account_no, days.meter_no, cast(days.day as varchar), accounts.customer_id
from days
inner join customer_360.account_360 as accounts using (account_no)
left join customer_360.customer_360 as customers using (customer_id)
where days.day is not null and (accounts.account_no = $account or $account is null)
order by coalesce(customers.customer_records, 0) > 1 desc, days.told desc,
    accounts.account_no in (select account_no from marketing.lead_candidate) desc,
    coalesce(customers.accounts, 0) > 1 desc, accounts.account_no, days.day desc
limit 1
"""


def walk(workspace: Workspace, account: str | None = None) -> str:
    """The page for an account, or for the one that shows most.

    Raises ``LookupError`` if the account is unknown or was never read.
    """
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        connection.execute(f"set file_search_path = '{workspace.root}'")
        values = _values(connection, workspace, account)
        parts = [_HEAD.format(**values)]
        for title, prose, sql in steps():
            query = sql.format(**values)
            result = connection.execute(query)
            names = [column[0] for column in result.description]
            parts += [f"## {title}\n", prose.format(**values) + "\n"]
            parts += [f"```sql\n{query};\n```\n", _table(names, result.fetchall()) + "\n"]
    return "\n".join(parts)


def steps() -> list[tuple[str, str, str]]:
    """Title, prose and query of each step of walk.sql."""
    found = []
    for block in re.split(r"^-- ## ", _STEPS.read_text(encoding="utf-8"), flags=re.M)[1:]:
        title, _, rest = block.partition("\n")
        lines = rest.strip().split("\n")
        prose = [line.removeprefix("-- ") for line in lines if line.startswith("--")]
        sql = [line for line in lines if not line.startswith("--")]
        found.append((title, " ".join(prose), "\n".join(sql).rstrip(";")))
    return found


def _values(connection, workspace: Workspace, account: str | None) -> dict[str, str]:
    chosen = connection.execute(_CHOOSE, {"account": account}).fetchone()
    if chosen is None:
        raise LookupError(f"no account {account or ''} with a read in {workspace.root}")
    account, meter, day, customer = chosen
    rows = connection.execute(
        "select source_file, source_line "
        "from read_parquet('state/raw/ami/daily_reads/*/*.parquet') "
        "where meter_no = $meter and read_date = $day order by all",
        {"meter": meter, "day": day},
    ).fetchall()
    names = list(dict.fromkeys(row[0] for row in rows))
    files = [name if name.startswith("landing/") else f"landing/{name}" for name in names]
    is_csv = bool(files) and ".csv" in files[0]
    return {
        "account": account,
        "meter": meter,
        "day": day,
        "customer": customer or "",
        "reader": "read_csv" if is_csv else "read_parquet",
        "files": ", ".join(f"'{name}'" for name in files),
        "sources": ", ".join(f"'{name}'" for name in names) or "''",
        "lines": ", ".join(str(line) for line in sorted({r[1] for r in rows})) or "-1",
        "landed_columns": "meter_no, read_date, kwh_total, read_status, collected_at",
    }


def _table(names: list[str], rows: list[tuple]) -> str:
    """Markdown; one wide row stands on end, so that it fits a screen."""
    if not rows:
        return "*No row: nothing of this account is there.*"
    if len(rows) == 1 and len(names) > 9:
        names, rows = ["column", "value"], list(zip(names, rows[0], strict=True))
    lines = [f"| {' | '.join(names)} |", "|" + "---|" * len(names)]
    return "\n".join(lines + [f"| {' | '.join(map(_cell, row))} |" for row in rows])


def _cell(value) -> str:
    if value is None:
        return "null"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value).lower() if isinstance(value, bool) else str(value).replace("|", "\\|")


@click.command()
@click.option("--workspace", required=True, help="A workspace after `wattlead run`.")
@click.option("--account", help="Account number; without it the one that shows most.")
@click.option("--out", type=click.Path(path_type=Path), help="Write here, not to the screen.")
def main(workspace: str, account: str | None, out: Path | None) -> None:
    """Show one account through all layers."""
    try:
        page = walk(Workspace.at(workspace), account)
    except LookupError as error:
        raise click.ClickException(str(error)) from None
    if out:
        out.write_text(page, encoding="utf-8")
    else:
        click.echo(page)


if __name__ == "__main__":
    main()
