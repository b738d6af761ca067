"""Rows that event models learn from, are judged on and score: account_month beside its outcome."""

from datetime import date

import duckdb
import pandas as pd

from orchestration.workspace import Workspace

# Learning gains little beyond, and a year of 400,000 accounts would not fit into memory.
LEARNED_ROWS = 60_000  # without the event; all with it are kept up to as many
JUDGED_ROWS = 60_000  # over all test months: an even sample of accounts
WATCHED_ROWS = 20_000
OUTCOMES = ("arrears_in_90_days", "arrears_billed_cny", "churns_in_90_days", "churn_kind")
# What rules, amounts, advice and groups read beside a model's features.
KEPT = (
    "account_no", "month", "category", "org_code", "supply_mode", "is_closed", "bills_12m",
    "months_since_last_read", "months_since_last_bill", "contract_capacity_kva", "quality_score",
    "mean_bill_cny_12m", "billed_cny_12m", "very_late_bills_12m", "oldest_overdue_days",
    "complaints_3m", "usage_change_yoy", "usage_change_3m", "zero_day_share_3m",
    "utilisation_hours_12m",
)  # fmt: skip
# Accounts that each model asks about: as at_risk of its module says, here to read no more rows.
AT_RISK = {
    "payment_risk": "not m.is_closed and m.bills_12m > 0",
    "churn": "not m.is_closed and (m.months_since_last_read <= 1 or m.months_since_last_bill <= 2)",
}


def shifted(month: date, months: int) -> date:
    """A first day of a month, moved by whole months."""
    return (pd.Timestamp(month) + pd.DateOffset(months=months)).date()


class EventRows:
    """Reads one model's rows; what is at risk is said by ``AT_RISK``."""

    def __init__(self, workspace: Workspace, name: str, event: str, features: list[str]):
        """``event``: the label's column; ``features``: columns of account_month or derived."""
        self.connection = duckdb.connect(str(workspace.warehouse), read_only=True)
        from ml.event_score import LIBRARY

        self.name, self.event, self.module = name, event, LIBRARY[name]
        made = self.module.DERIVED
        wanted = [*KEPT, *features, *made.values()]
        self.columns = [column for column in dict.fromkeys(wanted) if column not in made]

    def __enter__(self) -> "EventRows":
        """The rows' reader, open."""
        return self

    def __exit__(self, *_) -> None:
        """Close: an open reader blocks dbt."""
        self.connection.close()

    def learned(self, first: date, last: date) -> tuple[pd.DataFrame, float]:
        """Rows of months ``first`` to ``last`` with a known label, and the share kept of those
        without the event (by a hash of account and month: the same again)."""
        events, others = self.connection.execute(
            f"select count(case when o.{self.event} then 1 end), "
            f"count(case when not o.{self.event} then 1 end) {self._from()} {self._known()}",
            [first, last],
        ).fetchone()
        kept, kept_events = _millionths(LEARNED_ROWS, others), _millionths(LEARNED_ROWS, events)
        place = "md5_number_lower(m.account_no || cast(m.month as varchar)) % 1000000"
        rows = self._rows(
            f"{self._known()} and {place} < case when o.{self.event} then {kept_events} "
            f"else {kept} end",
            [first, last],
        )
        return rows, kept / kept_events

    def judged(self, first: date, last: date) -> pd.DataFrame:
        """An even sample of accounts in months ``first`` to ``last`` with a known label."""
        count = self.connection.execute(
            f"select count(*) {self._from()} {self._known()}", [first, last]
        ).fetchone()[0]
        return self._rows(f"{self._known()} and {_sample(JUDGED_ROWS, count)}", [first, last])

    def month(self, month: date, at_most: int | None = None) -> pd.DataFrame:
        """Rows of one month whatever is known of them; an even sample if there are more."""
        where = "where m.month = ?"
        if at_most is None:
            # Whoever closed since the month ended is no customer to call.
            where += (
                " and m.account_no not in "
                "(select account_no from customer_360.account_360 where is_closed)"
            )
        if at_most is not None:
            count = self.connection.execute(
                f"select count(*) {self._from()} {where} and {AT_RISK[self.name]}", [month]
            ).fetchone()[0]
            where += f" and {_sample(at_most, count)}"
        return self._rows(f"{where} and {AT_RISK[self.name]}", [month], with_outcome=False)

    def _known(self) -> str:
        return (
            f"where m.month between ? and ? and o.{self.event} is not null and {AT_RISK[self.name]}"
        )

    @staticmethod
    def _from() -> str:
        return (
            "from customer_360.account_month as m inner join customer_360.account_outcome as o "
            "on m.account_no = o.account_no and m.month = o.month"
        )

    def _rows(self, where: str, values: list, with_outcome: bool = True) -> pd.DataFrame:
        columns = [
            *(f"m.{name}" for name in self.columns),
            # Known today and no feature: for advice and for groups only.
            "m.account_no in (select account_no from marts.dim_protection) as is_protected",
        ]
        source = "from customer_360.account_month as m"
        if with_outcome:
            columns += [f"o.{name}" for name in OUTCOMES]
            source = self._from()
        table = self.connection.execute(
            f"select {', '.join(columns)} {source} {where} order by m.month, m.account_no", values
        ).df()
        return self.module.derived(table)


def _sample(at_most: int, count: int) -> str:
    return f"md5_number_lower(m.account_no) % 1000000 < {_millionths(at_most, count)}"


def _millionths(at_most: int, count: int) -> int:
    """Share to keep of ``count`` rows so that some ``at_most`` are left, in millionths."""
    return min(1_000_000, max(1, 1_000_000 * at_most // count)) if count else 1_000_000
