"""What scoring reads and writes: account_month, seeds, score files, model files."""

import os
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.workspace import PROJECT, Workspace

# Kind of each tariff by its newest version.
TARIFF_KINDS = """
    select tariff_code, max_by(kind, valid_from) as tariff_kind
    from marts.dim_tariff group by tariff_code
"""

# How many of the twelve months before a row of ``months`` (account_month) the branch's data reach.
KNOWN_MONTHS = """
    least(12, 1 + date_diff(
        'month', (select min(month) from customer_360.account_month), months.month
    )) as known_months
"""


def newest_month(workspace: Workspace) -> pd.DataFrame:
    """Rows of account_month of its newest month, with the kind of each account's tariff, its
    customer and what other tariffs would have saved it (CNY of the last twelve billed months).

    ``is_closed_now`` is of the run's date, for leads: an account may close after its newest month.
    Segments keep ``is_closed``, so that a month's model is the same on each of its days.
    """
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        return connection.execute(f"""
            select
                months.*, tariffs.tariff_kind, {KNOWN_MONTHS}, accounts.is_closed as is_closed_now,
                accounts.customer_id, savings.tou_saving_cny, savings.capacity_billing_saving_cny,
                savings.power_factor_saving_cny
            from customer_360.account_month as months
            inner join customer_360.account_360 as accounts
                on months.account_no = accounts.account_no
            left join marts.fct_rate_saving as savings on months.account_no = savings.account_no
            left join ({TARIFF_KINDS}) as tariffs on months.tariff_code = tariffs.tariff_code
            where months.month = (select max(month) from customer_360.account_month)
            order by months.account_no
        """).df()


def feature_month(as_of: date) -> date:
    """First day of the newest month that has ended by ``as_of``: the one to score.

    By the calendar and not by the table, or the gate would hold the table against itself.
    """
    following = as_of + timedelta(days=1)
    return (following.replace(day=1) - timedelta(days=1)).replace(day=1)


def seed(name: str, typed: bool = False) -> pd.DataFrame:
    """A list that people edit, as text; ``typed`` lets pandas tell the numbers."""
    path = PROJECT / "seeds" / f"{name}.csv"
    return pd.read_csv(path) if typed else pd.read_csv(path, dtype=str)


def threshold(code: str) -> float:
    """A threshold of seeds/thresholds.csv. Raises ``KeyError`` for a code it does not hold."""
    return float(seed("thresholds").set_index("code")["value"][code])


def score_file(workspace: Workspace, name: str, day: str, stem: str = "part-0") -> Path:
    """Where the scores of a day are."""
    return workspace.scores / name / f"as_of_date={day}" / f"{stem}.parquet"


def write_scores(
    workspace: Workspace, name: str, day: str, table: pd.DataFrame, stem: str = "part-0"
) -> None:
    """Write one score file by one rename."""
    target = score_file(workspace, name, day, stem)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".tmp")
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), unfinished)
    os.replace(unfinished, target)


def write_bytes(target: Path, data: bytes) -> None:
    """Write one file by one rename."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".tmp")
    unfinished.write_bytes(data)
    os.replace(unfinished, target)
