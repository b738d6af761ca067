"""The SELECTs behind the account_month suite: the rows to score, figures, and rows to name."""

from dataclasses import dataclass
from datetime import date

from expectations import limits

TABLE = "customer_360.account_month"


@dataclass(frozen=True)
class Queries:
    """All SELECTs for one month of features and one business date."""

    feature_month: date
    as_of: date

    @property
    def _month(self) -> str:
        return f"date '{self.feature_month}'"

    @property
    def rows(self) -> str:
        """The month's rows, with the quotients that rules bound."""
        limit = " ".join(
            f"when '{category}' then {kwh}" for category, kwh in limits.MAX_MEAN_DAILY_KWH.items()
        )
        highest = max(limits.MAX_MEAN_DAILY_KWH.values())
        return f"""select *,
                mean_daily_kwh_12m / (case category {limit} else {highest} end)
                    as kwh_to_category_limit,
                mean_daily_kwh_3m / nullif(mean_daily_kwh_12m, 0) as kwh_3m_to_12m,
                last_day(month) - cast(month - interval 11 month as date) + 1
                    as calendar_days_12m
            from {TABLE} where month = {self._month}"""

    @property
    def _open_accounts(self) -> str:
        return f"""select account_no, {self._month} as month from marts.dim_account
            where coalesce(opened_on <= last_day({self._month}), true)
              and coalesce(closed_on > last_day({self._month}), true)"""

    @property
    def without_row(self) -> str:
        """Keys of accounts open at the month's end that have no row of the month."""
        return f"""select account_no, month from ({self._open_accounts})
            where account_no not in (select account_no from {TABLE}
                                     where month = {self._month} and account_no is not null)"""

    @property
    def after_as_of(self) -> str:
        """Keys of rows of months that had not ended on the business date."""
        return f"select account_no, month from {TABLE} where last_day(month) > date '{self.as_of}'"

    @property
    def without_month(self) -> str:
        """Keys of rows without a month."""
        return f"select account_no, month from {TABLE} where month is null"

    @property
    def _usable(self) -> str:
        # Of an account that was never read no day is expected, and none is usable.
        return f"""coalesce(expected_days_1m > 0
            and usable_days_1m >= {limits.USABLE_MONTH} * expected_days_1m, false)"""

    @property
    def _open_rows(self) -> str:
        return f"{TABLE} where month = {self._month} and not coalesce(is_closed, false)"

    @property
    def unusable(self) -> str:
        """Keys of open accounts' rows with too few usable days in the month."""
        return f"select account_no, month from {self._open_rows} and not {self._usable}"

    @property
    def facts(self) -> str:
        """One row of figures; the median's step is 1 where there is no month before."""
        ended = f"{TABLE} where last_day(month) <= date '{self.as_of}'"
        median = "median(mean_daily_kwh_1m) filter (where month ="
        return f"""select
            (select count(*) from {TABLE} where month = {self._month}) as rows_in_month,
            (select count(*) from ({self.without_month})) as rows_without_month,
            (select count(*) from ({self.after_as_of})) as rows_after_as_of,
            (select date_diff('month', {self._month}, max(month)) from {ended})
                as months_from_expected,
            (select min(months_since_last_read) from {TABLE} where month = {self._month})
                as months_since_newest_read,
            (select count(*) from ({self.without_row}))
                / nullif((select count(*) from ({self._open_accounts})), 0)
                as open_accounts_without_row,
            (select avg(cast({self._usable} as integer)) from {self._open_rows}) as usable_share,
            (select case when coalesce(before, 0) = 0 then 1 else now / before end from (select
                {median} {self._month}) as now,
                {median} {self._month} - interval 1 month) as before
             from {TABLE})) as median_step"""
