"""The assets of the forecasts: accounts by month, feeders and the branch by day."""

from datetime import date

import dagster as dg
import duckdb
import pandas as pd

from orchestration.assets import ACCOUNT_MONTH, COMMON
from orchestration.progress import step
from orchestration.scores import files
from orchestration.workspace import Workspace

ACCOUNTS = dg.AssetKey(["scores", "account_forecast"])
GRID = dg.AssetKey(["scores", "grid_forecast"])
READS = [
    ACCOUNT_MONTH,
    *(
        dg.AssetKey(["marts", name])
        for name in (
            "dim_date",
            "dim_transformer",
            "dim_weather_day",
            "dim_workday_ahead",
            "fct_transformer_day",
        )
    ),
    dg.AssetKey(["staging", "stg_external__holidays"]),
]
_GRID_DAYS = 480  # a year to learn from, and what its first lags reach back


def asset(workspace: Workspace) -> dg.AssetsDefinition:
    """Forecasts and their cards."""

    @dg.multi_asset(
        name="forecasts",
        specs=[dg.AssetSpec(key, deps=READS, group_name="ml") for key in (ACCOUNTS, GRID)],
        **COMMON,
    )
    def forecasts(context: dg.AssetExecutionContext):
        from ml.account_forecast import account_forecast
        from ml.grid_forecast import grid_forecast

        with step("forecasts") as progress:
            day = context.partition_key
            with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
                months = account_months(connection, date.fromisoformat(day))
                days = grid_days(connection, date.fromisoformat(day))
            accounts, grid = account_forecast(*months), grid_forecast(*days)
            for name, result in (("account_forecast", accounts), ("grid_forecast", grid)):
                files.write_scores(workspace, name, day, result.table)
                files.write_scores(workspace, "model_card", day, result.card.frame(), name)
            progress.note = (
                f"{accounts.table['account_no'].nunique():,} accounts, "
                f"{grid.table['series'].nunique():,} feeders and branch"
            )
        for key, result in ((ACCOUNTS, accounts), (GRID, grid)):
            yield dg.MaterializeResult(asset_key=key, metadata={"rows": len(result.table)})

    return forecasts


def account_months(connection, day: date):
    """Arguments of ``account_forecast``: use, weather, festivals, the newest complete month."""
    use = connection.execute(
        """
        select
            account_no, cast(month as timestamp) as month,
            mean_daily_kwh_1m as mean_daily_kwh, usable_days_1m as usable_days,
            coalesce(category, '') || '/' || coalesce(industry_code, '') as "group"
        from customer_360.account_month
        where not is_closed
        order by account_no, month
        """
    ).df()
    weather = connection.execute(
        """
        select cast(month as timestamp) as month,
            cast(sum(hdd) as double) / count(*) as hdd,
            cast(sum(cdd) as double) / count(*) as cdd
        from (select *, date_trunc('month', day) as month from marts.dim_weather_day)
        where hdd is not null group by all
        """
    ).df()
    festivals = connection.execute(
        "select distinct cast(date_trunc('month', day) as timestamp) as month "
        "from staging.stg_external__holidays where name = '春节' and kind = 'holiday' order by 1"
    ).df()["month"]
    return use, weather, list(festivals), pd.Timestamp(files.feature_month(day))


def grid_days(connection, day: date):
    """Arguments of ``grid_forecast``: daily, calendar."""
    daily = connection.execute(
        """
        with days as (
            select transformers.feeder_no, days.day, sum(days.supplied_kwh) as kwh
            from marts.fct_transformer_day as days
            inner join marts.dim_transformer as transformers
                on days.transformer_no = transformers.transformer_no
            where days.day <= $day and days.day > $day - $length and days.supplied_kwh is not null
            group by all
        ),
        -- Sums of decimals are exact in whatever order; doubles come last.
        branch as (select day, sum(kwh) as kwh from days group by day)
        select 'feeder:' || feeder_no as series, cast(day as timestamp) as day,
            cast(kwh as double) as kwh
        from days where feeder_no is not null
        union all
        select 'branch:all', cast(day as timestamp), cast(kwh as double) from branch
        order by series, day
        """,
        {"day": day, "length": _GRID_DAYS},
    ).df()
    calendar = connection.execute(
        """
        with days as (
            select cast(range as date) as day
            from range(cast($day as timestamp) - to_days(cast($length as integer)),
                       cast($day as timestamp) + interval 15 day, interval 1 day)
        )
        select
            cast(days.day as timestamp) as day,
            not coalesce(dates.is_workday, ahead.day is not null) as is_day_off,
            weather.t_mean
        from days
        left join marts.dim_date as dates on days.day = dates.day
        left join marts.dim_workday_ahead as ahead on days.day = ahead.day
        left join (
            select day, cast(sum(t_mean_c) as double) / count(*) as t_mean
            from marts.dim_weather_day where day <= $day and t_mean_c is not null group by day
        ) as weather on days.day = weather.day
        order by days.day
        """,
        {"day": day, "length": _GRID_DAYS},
    ).df()
    return daily, calendar
