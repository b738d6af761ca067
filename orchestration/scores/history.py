"""What response models learn from, read from the warehouse: as it was known at a month's end."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pandas as pd

from orchestration.scores.files import KNOWN_MONTHS, TARIFF_KINDS, seed, threshold
from orchestration.workspace import Workspace

_MONTHS = 24  # older behaviour is another branch's
_SAMPLED_MONTHS = 60_000  # rows of account_month without an event; all events are kept
_SAMPLED_TOUCHES = 400_000


def window_days() -> int:
    """Days in which an offer shows its effect (threshold response_window_days)."""
    return int(threshold("response_window_days"))


def columns_of(connection: duckdb.DuckDBPyConnection, wanted: set[str]) -> list[str]:
    """Those of ``wanted`` that account_month has, and what is enrolled."""
    present = [
        row[0] for row in connection.execute("describe customer_360.account_month").fetchall()
    ]
    return [n for n in present if n in wanted or n.startswith("is_enrolled_")]


def features_of_touches(
    connection: duckdb.DuckDBPyConnection, wanted: set[str]
) -> Iterator[pd.DataFrame]:
    """What was known before each touch, a feature month at a time: touch_no, product_code, channel,
    is_treated, is_refused, account_no and those columns of account_month that are ``wanted``."""
    listed = [n for n in columns_of(connection, wanted) if n != "account_no"]
    features = "".join(f", months.{name}" for name in listed)
    months = connection.execute(
        "select distinct feature_month from customer_360.touch_outcome order by 1"
    ).fetchall()
    for (month,) in months:
        yield connection.execute(
            f"""
            select touches.touch_no, touches.product_code, touches.channel, touches.is_treated,
                touches.is_refused, touches.account_no, tariffs.tariff_kind,
                {KNOWN_MONTHS}{features}
            from customer_360.touch_outcome as touches
            inner join customer_360.account_month as months
                on touches.account_no = months.account_no and touches.feature_month = months.month
            left join ({TARIFF_KINDS}) as tariffs on months.tariff_code = tariffs.tariff_code
            where touches.feature_month = ?
            order by touches.touch_no
            """,
            [month],
        ).df()


def history(workspace: Workspace, feature_month: date):
    """``ml.response.History`` of what was known at the end of ``feature_month``."""
    from ml.response import History
    from ml.response_design import LEVELS, NUMBERS

    scope = seed("product_scope")
    wanted = {*NUMBERS, *LEVELS, *scope["column_name"]}
    window = window_days()
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        listed = columns_of(connection, wanted)
        features = ", ".join(f"months.{name}" for name in listed)
        connection.execute(
            f"""
            create temp table span as
            select cast(? as date) as month, last_day(cast(? as date)) as known_until,
                {window} as window_days
        """,
            [feature_month, feature_month],
        )
        connection.execute("""
            create temp table outcome as
            select touches.* from customer_360.touch_outcome as touches, span
            where touches.clock_on + span.window_days <= span.known_until
        """)
        connection.execute(f"""
            create temp table month as
            select months.account_no, months.month, months.month_end
            from customer_360.account_month as months, span
            where months.month_end + span.window_days <= span.known_until
                and months.month > span.month - interval {_MONTHS} month
        """)
        # Another campaign for the same product around the touch: what came may be of either, and
        # the held out of one are treated by the other.
        connection.execute("""
            create temp table mixed as
            select distinct outcome.touch_no
            from outcome
            inner join customer_360.touch_outcome as others
                on outcome.account_no = others.account_no
                and outcome.product_code = others.product_code
                and outcome.touch_no <> others.touch_no
                and others.is_treated
            cross join span
            where others.clock_on > outcome.clock_on - span.window_days
                and others.clock_on <= outcome.clock_on + span.window_days
        """)
        # Around the month: a contact before it still works within it.
        connection.execute("""
            create temp table contact as
            select distinct month.account_no, month.month, touches.product_code
            from month inner join customer_360.touch_outcome as touches
                on month.account_no = touches.account_no and touches.is_treated
            cross join span
            where touches.clock_on > month.month_end - span.window_days
                and touches.clock_on <= month.month_end + span.window_days
        """)
        connection.execute("""
            create temp table enrolment as
            select distinct month.account_no, month.month, enrolments.product_code
            from month inner join marts.fct_enrolment as enrolments
                on month.account_no = enrolments.account_no
                and enrolments.start_on > month.month_end
            cross join span
            where enrolments.start_on <= month.month_end + span.window_days
        """)
        connection.execute(f"""
            create temp table chosen as
            with sampled as (
                select *, least(1.0, {_SAMPLED_MONTHS} / count(*) over ()) as share,
                    ('0x' || left(md5(account_no || cast(month as varchar)), 8))::bigint
                    / 4294967296.0 as place
                from month
            )
            select account_no, month,
                case when place < share then 1 / share else 0 end as sample_weight
            from sampled
            where place < share
                or (account_no, month) in (select (account_no, month) from enrolment)
        """)
        months = connection.execute(f"""
            select chosen.*, {features}, tariffs.tariff_kind, {KNOWN_MONTHS}
            from chosen
            inner join customer_360.account_month as months using (account_no, month)
            left join ({TARIFF_KINDS}) as tariffs on months.tariff_code = tariffs.tariff_code
            order by chosen.account_no, chosen.month
        """).df()
        pairs = {}
        for name in ("enrolment", "contact"):
            pairs[name] = connection.execute(f"""
                select {name}.* from {name} inner join chosen using (account_no, month)
                order by all
            """).df()
        touches = connection.execute(f"""
            select touches.touch_no, touches.campaign_no, touches.account_no,
                touches.product_code, touches.channel, touches.is_treated, touches.sent_at,
                touches.is_refused, touches.is_opt_out, touches.feature_month,
                touches.is_enrolled_in_time as is_enrolled, {features}, tariffs.tariff_kind,
                {KNOWN_MONTHS}
            from outcome as touches
            inner join customer_360.account_month as months
                on touches.account_no = months.account_no and touches.feature_month = months.month
            left join ({TARIFF_KINDS}) as tariffs on months.tariff_code = tariffs.tariff_code
            where not touches.was_enrolled and touches.is_enrolled_in_time is not null
                and touches.touch_no not in (select touch_no from mixed)
            order by md5(touches.touch_no) limit {_SAMPLED_TOUCHES}
        """).df()
    touches = touches.sort_values("touch_no", ignore_index=True)
    return History(months, pairs["enrolment"], pairs["contact"], touches, scope)
