"""Daily use of two populations of households as one row of statistics per household.

Makes ``<population>_day`` (household, day, kwh, t, heat, cool: degrees below and above the bases of
the seed), ``<population>_use`` (no spikes, weather taken out) and ``<population>_household``.
How far two populations are apart is in ``bench.realism_distance``.
"""

from pathlib import Path

import duckdb

from bench.realism_landing import text, views

SEEDS = Path(__file__).parents[1] / "seeds"
MIN_DAYS = 300
NEAR_ZERO_KWH = 0.1
HALF_HOURS = 48
LOAD_DURATION = (5, 25, 50, 75, 95, 99)
# Statistic: label and unit, in the order of the report.
STATISTICS = {
    "mean_kwh": ("mean daily use", "kWh"),
    "relative_mean": ("mean daily use ÷ the median household's", "ratio"),
    "variation": ("day-to-day coefficient of variation", "ratio"),
    "lag_1": ("autocorrelation, 1 day", "correlation"),
    "lag_7": ("autocorrelation, 7 days", "correlation"),
    "lag_1_residual": ("autocorrelation, 1 day, weather removed", "correlation"),
    "lag_7_residual": ("autocorrelation, 7 days, weather removed", "correlation"),
    "temperature": ("correlation with daily mean temperature", "correlation"),
    "weather_share": ("variance explained by heating and cooling degrees", "share"),
    "near_zero": (f"days below {NEAR_ZERO_KWH} kWh", "share"),
    **{
        f"duration_{percent:02}": (f"{percent} % day ÷ mean day", "ratio")
        for percent in LOAD_DURATION
    },
    "weekend": ("weekend day ÷ Monday to Friday", "ratio"),
    "peak": ("largest day ÷ median day", "ratio"),
}

_BASES = f"read_csv({text(SEEDS / 'degree_day_bases.csv')})"
_DEGREES = """greatest(0, coalesce(base.heating_base_c, usual.heating_base_c) - t) as heat,
    greatest(0, t - coalesce(base.cooling_base_c, usual.cooling_base_c)) as cool"""


def load_simulated(connection: duckdb.DuckDBPyConnection) -> None:
    """Table ``simulated_day``: the residential accounts of the opened landing.

    Of several reads of a meter and day the latest collected counts. A day counts when every meter
    read of the account is actual, whole and not negative, and no truth table that names single
    reads (columns meter_no and read_date) names it. Raises ``FileNotFoundError``.
    """
    present = views(connection)
    needed = {"crm_accounts", "ami_meters", "ami_daily_reads"}
    if missing := needed - set(present):
        raise FileNotFoundError(f"the landing lacks {', '.join(sorted(missing))}")
    no_weather = "(select null as district_code, null::date as day, null as t_mean)"
    weather = "external_weather_days" if "external_weather_days" in present else no_weather
    dirty = " union all ".join(
        f'select meter_no, read_date from "{view}"'
        for view, columns in present.items()
        if view.startswith("truth_") and {"meter_no", "read_date"} <= columns
    )
    connection.execute(f"""
        create or replace temp table simulated_day as
        with account_day as (
            select account_no, district_code, read_date as day, sum(kwh_total::double) as kwh,
                   bool_and(coalesce(
                       read_status = 'actual' and kwh_total >= 0
                       and coalesce(intervals_read >= intervals_expected, true), false
                   )) as is_sound
            from ami_daily_reads as reads join ami_meters using (meter_no)
            join crm_accounts using (account_no)
            where category = 'residential'
                {
        f"and not exists (from ({dirty}) as bad where bad.meter_no = reads.meter_no"
        " and bad.read_date = reads.read_date)"
        if dirty
        else ""
    }
            group by all
        )
        select account_no as household, d.day, kwh, t_mean::double as t, {_DEGREES}
        from account_day as d left join {weather} as w using (district_code, day)
        left join {_BASES} as base on base.district_code = d.district_code,
        (from {_BASES} where district_code = '*') as usual
        where is_sound
    """)


def load_london(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Table ``london_day`` of the published files; days of fewer than 48 half hours are left out.

    Raises ``FileNotFoundError``.
    """
    folder = Path(folder)
    if not any(folder.glob("daily_dataset/block_*.csv*")):
        raise FileNotFoundError(f"{folder} has no daily_dataset/block_*.csv.gz")
    reads = text(folder / "daily_dataset" / "block_*.csv*")
    weather = text(folder / "weather_daily_darksky.csv*")
    # `time` is the local midnight written in UTC, in summer 23:00 of the day before; the file has
    # no mean, and the meteorological daily mean is the middle of both extremes.
    connection.execute(f"""
        create or replace temp table london_day as
        with read as (
            select LCLid as household, day::date as day, energy_sum::double as kwh
            from read_csv({reads}, header = true, all_varchar = true)
            where energy_count::integer >= {HALF_HOURS} and energy_sum::double >= 0
        ),
        weather as (
            select (time::timestamp + interval 1 hour)::date as day,
                   avg(temperatureMin::double + temperatureMax::double) / 2 as t
            from read_csv({weather}, header = true, all_varchar = true) group by 1
        )
        select household, day, kwh, t, {_DEGREES} from read left join weather using (day)
        left join {_BASES} as base on base.district_code = 'london',
        (from {_BASES} where district_code = '*') as usual
    """)


def measure(connection: duckdb.DuckDBPyConnection, population: str) -> None:
    """``<population>_use`` and ``<population>_household`` from ``<population>_day``.

    A spike by the project's own rule (seeds/thresholds.csv) is left out, then households with
    fewer than ``MIN_DAYS`` days.
    """
    limit = dict(connection.execute(
        f"select code, value::double from read_csv({text(SEEDS / 'thresholds.csv')}) "
        "where starts_with(code, 'spike_')"
    ).fetchall())  # fmt: skip
    connection.execute(f"""
        create or replace temp table {population}_use as
        with used as (
            select * from {population}_day
            window near as (partition by household, date_trunc('month', day))
            qualify not (
                kwh > {limit["spike_floor_kwh"]} and count(*) over near > {limit["spike_min_days"]}
                and kwh * (count(*) over near - 1)
                    > {limit["spike_factor"]} * (sum(kwh) over near - kwh)
            )
        ),
        enough as (
            select * from used qualify count(*) over (partition by household) >= {MIN_DAYS}
        ),
        moment as (
            select household, covar_pop(kwh, heat) as kh, covar_pop(kwh, cool) as kc,
                   var_pop(heat) as hh, var_pop(cool) as cc, covar_pop(heat, cool) as hc
            from enough where t is not null group by household
        ),
        -- Least squares on two regressors; one that never varies (no hot day) has slope 0.
        slope as (
            select household,
                   case when hh = 0 then 0 when cc = 0 then kh / hh
                        else (kh * cc - kc * hc) / nullif(hh * cc - hc * hc, 0) end as per_heat,
                   case when cc = 0 then 0 when hh = 0 then kc / cc
                        else (kc * hh - kh * hc) / nullif(hh * cc - hc * hc, 0) end as per_cool
            from moment
        )
        select household, day, kwh, t, kwh - per_heat * heat - per_cool * cool as residual
        from enough left join slope using (household)
    """)
    durations = ", ".join(
        f"quantile_cont(kwh, {percent / 100}) / nullif(avg(kwh), 0) as duration_{percent:02}"
        for percent in LOAD_DURATION
    )
    connection.execute(f"""
        create or replace temp table {population}_household as
        with pair as (
            select d.*, d1.kwh as kwh_1, d1.residual as residual_1, d7.kwh as kwh_7,
                   d7.residual as residual_7
            from {population}_use as d
            left join {population}_use as d1 on d1.household = d.household and d1.day = d.day - 1
            left join {population}_use as d7 on d7.household = d.household and d7.day = d.day - 7
        ),
        one as (
            select household, count(*) as days, avg(kwh) as mean_kwh,
                   stddev_samp(kwh) / nullif(avg(kwh), 0) as variation,
                   corr(kwh, kwh_1) as lag_1, corr(kwh, kwh_7) as lag_7,
                   corr(residual, residual_1) as lag_1_residual,
                   corr(residual, residual_7) as lag_7_residual, corr(kwh, t) as temperature,
                   1 - var_pop(residual) / nullif(var_pop(kwh) filter (residual is not null), 0)
                       as weather_share,
                   avg((kwh < {NEAR_ZERO_KWH})::integer) as near_zero, {durations},
                   avg(kwh) filter (isodow(day) > 5) / nullif(avg(kwh) filter (isodow(day) < 6), 0)
                       as weekend,
                   max(kwh) / nullif(median(kwh), 0) as peak
            from pair group by household
        )
        select *, mean_kwh / nullif(median(mean_kwh) over (), 0) as relative_mean from one
    """)
