"""What the anomaly cases read of the marts: weeks, transformers, events, changes, weather."""

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd

from ml.anomaly_panel import Calendar, Panel, panel

_BATCH = 20_000  # accounts whose weeks fit into memory several times
_SAMPLE = 6_000  # accounts that the model learns from, and peers are medians of
# Degrees a day that count as much as one's level.
_HEATING, _COOLING = 10.0, 5.0


@dataclass
class Source:
    """A warehouse, read as of the day ``end``, the newest with reads that counts."""

    connection: duckdb.DuckDBPyConnection
    calendar: Calendar
    codes: list[str]

    @classmethod
    def at(cls, connection, until: date, codes: list[str]) -> "Source | None":
        """Of what was used up to ``until``; None where nothing was read by then."""
        newest = connection.execute(
            "select max(last_read_on) from marts.dim_account where last_read_on <= ?", [until]
        ).fetchone()[0]
        later = connection.execute(
            "select count(*) from marts.dim_account where last_read_on > ?", [until]
        ).fetchone()[0]
        if later:
            newest = until
        if newest is None:
            return None
        return cls(connection, Calendar(pd.Timestamp(newest)), codes)

    def _week(self, day: str) -> str:
        back = f"floor((date '{self._end}' - cast({day} as date)) / 7)"
        return f"{self.calendar.weeks - 1} - cast({back} as integer)"

    @property
    def _end(self) -> date:
        return self.calendar.end.date()

    def _within(self, day: str = "day") -> str:
        first = self._end - timedelta(days=7 * self.calendar.weeks - 1)
        return f"{day} between date '{first}' and date '{self._end}'"

    def accounts(self) -> pd.DataFrame:
        """Accounts with reads that are not closed, in order of their number."""
        return self.connection.execute(
            f"""
            select
                accounts.account_no, accounts.category, accounts.industry_code,
                cast(accounts.voltage_kv as double) as voltage_kv,
                cast(accounts.contract_capacity_kva as double) as contract_capacity_kva,
                accounts.district_code, meters.transformer_no, accounts.first_read_on
            from marts.dim_account as accounts
            left join (
                select account_no, max(transformer_no) as transformer_no
                from marts.dim_meter
                where removed_on is null or removed_on > date '{self._end}'
                group by account_no
            ) as meters on accounts.account_no = meters.account_no
            where accounts.first_read_on <= date '{self._end}'
                and (accounts.closed_on is null or accounts.closed_on > date '{self._end}')
            order by accounts.account_no
            """
        ).df()

    def sample(self, accounts: pd.DataFrame) -> pd.DataFrame:
        """Accounts evenly through the list."""
        step = max(len(accounts) / _SAMPLE, 1)
        place = np.unique((np.arange(min(len(accounts), _SAMPLE)) * step).astype(int))
        return accounts.iloc[place].reset_index(drop=True)

    def batches(self, accounts: pd.DataFrame):
        """Panels of all ``accounts``, a batch at a time."""
        for first in range(0, len(accounts), _BATCH):
            yield self.panel(accounts.iloc[first : first + _BATCH].reset_index(drop=True))

    def panel(self, accounts: pd.DataFrame) -> Panel:
        """Weeks of ``accounts`` with what was known of their transformers, events and changes."""
        self.connection.register("chosen", accounts[["account_no"]])
        low, high = accounts["account_no"].iloc[0], accounts["account_no"].iloc[-1]
        weeks = self.connection.execute(
            f"""
            select
                account_no,
                {self._week("day")} as week,
                count(usage_kwh) as read_days,
                sum(case when is_usable then 1 else 0 end) as usable_days,
                sum(case when is_usable and usage_kwh = 0 then 1 else 0 end) as zero_days,
                cast(sum(case when is_usable then usage_kwh end) as double) as usage_kwh,
                sum(case when is_usable and peak_kwh is not null then 1 else 0 end)
                    as register_days,
                cast(sum(case when is_usable then peak_kwh + coalesce(sharp_kwh, 0) end) as double)
                    as peak_kwh,
                cast(sum(case when is_usable then flat_kwh end) as double) as flat_kwh,
                cast(sum(case when is_usable then valley_kwh end) as double) as valley_kwh
            from marts.fct_account_day
            where has_read and {self._within()} and account_no between ? and ?
                and account_no in (select account_no from chosen)
            group by all
            """,
            [low, high],
        ).df()
        events = self._known("select account_no, event_code, started_at as day "
                             "from marts.fct_meter_event", "day")  # fmt: skip
        changes = self._known(
            """
            select account_no, cast(submitted_at as date) as day from marts.fct_application
            union all
            select account_no, start_on as day from marts.fct_enrolment
            union all
            select account_no, cast(acted_at as date) as day from marts.fct_collection_action
            where kind in ('disconnection', 'reconnection')
            """,
            "day",
        )
        return panel(
            accounts, weeks, self._transformers(), events, changes, self.codes, self.calendar
        )

    def _known(self, query: str, day: str) -> pd.DataFrame:
        return self.connection.execute(
            f"select * from ({query}) where cast({day} as date) <= date '{self._end}' "
            "and account_no in (select account_no from chosen)"
        ).df()

    def _transformers(self) -> pd.DataFrame:
        if not hasattr(self, "_grid"):
            self._grid = self.connection.execute(
                f"""
                select
                    transformer_no,
                    {self._week("day")} as week,
                    cast(sum(supplied_kwh) as double) / count(*) as supplied_kwh,
                    cast(sum(loss_kwh) as double) / count(*) as loss_kwh
                from marts.fct_transformer_day
                where {self._within()} and supplied_kwh is not null and sold_kwh is not null
                group by all
                """
            ).df()
        return self._grid

    def weather(self) -> dict[str, np.ndarray]:
        """By district, and of all ("") : weeks x (heating, cooling) degrees a day, scaled."""
        table = self.connection.execute(
            f"""
            select district_code, {self._week("day")} as week,
                cast(sum(hdd) as double) / count(*) as hdd,
                cast(sum(cdd) as double) / count(*) as cdd
            from marts.dim_weather_day
            where {self._within()} and hdd is not null
            group by all
            """
        ).df()
        empty = np.zeros((self.calendar.weeks, 2))
        result = {}
        for district, rows in table.groupby("district_code"):
            sky = empty.copy()
            sky[rows["week"]] = rows[["hdd", "cdd"]].to_numpy() / [_HEATING, _COOLING]
            result[str(district)] = sky
        result[""] = np.mean(list(result.values()), axis=0) if result else empty
        return result

    def inspections(self) -> pd.DataFrame:
        """Visits so far, with what they found."""
        return self.connection.execute(
            f"""
            select account_no, cast(inspected_at as date) as inspected_on, finding
            from marts.fct_inspection
            where cast(inspected_at as date) <= date '{self._end}' and account_no is not null
            order by inspected_at
            """
        ).df()

    def days(self, accounts: pd.Series) -> pd.DataFrame:
        """Usable days of the accounts of cases."""
        self.connection.register("chosen", accounts.drop_duplicates().to_frame("account_no"))
        return self.connection.execute(
            f"""
            select
                account_no, day,
                {
                ", ".join(
                    f"cast(case when is_usable then {name} end as double) as {name}"
                    for name in ("usage_kwh", "peak_kwh", "flat_kwh", "valley_kwh")
                )
            }
            from marts.fct_account_day
            where has_read and {self._within()} and account_no in (select account_no from chosen)
            order by account_no, day
            """
        ).df()
