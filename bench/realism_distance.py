"""How far two populations of households are apart, statistic by statistic.

Reads two tables of ``bench.realism_households`` and tells nothing good from bad: a distance is a
number, and next to it stands the distance between two random halves of London.
"""

from dataclasses import dataclass

import duckdb

from bench.realism_households import STATISTICS

QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.95)
LAGS = (1, 2, 3, 7, 14, 28, 56)
# Pairs of statistics whose relation a generator gets wrong when it draws them one by one.
PAIRS = [
    ("mean_kwh", "variation"), ("mean_kwh", "lag_1"), ("mean_kwh", "temperature"),
    ("mean_kwh", "peak"), ("mean_kwh", "near_zero"), ("variation", "lag_1"),
    ("variation", "lag_1_residual"), ("variation", "temperature"), ("variation", "peak"),
    ("variation", "duration_05"), ("lag_1", "lag_7"), ("lag_1_residual", "lag_7_residual"),
    ("lag_1", "temperature"), ("lag_1", "weekend"),
]  # fmt: skip


@dataclass(frozen=True)
class Distance:
    """Two samples of one statistic; ``aligned`` is KS after both medians are set to zero."""

    ks: float
    wasserstein: float
    aligned: float


def distances(
    connection: duckdb.DuckDBPyConnection, first: str, second: str
) -> dict[str, Distance]:
    """Two-sample Kolmogorov-Smirnov and Wasserstein-1 distance of each statistic.

    ``first`` and ``second`` are tables with the columns of ``STATISTICS``; an undefined value (a
    correlation of a constant) is left out, and a statistic that either side lacks altogether.
    """
    plain = _distances(connection, first, second, "0")
    centred = _distances(connection, first, second, "median(value) over (partition by name, side)")
    return {
        name: Distance(ks, wasserstein, centred[name][0])
        for name, (ks, wasserstein) in plain.items()
    }


def _distances(connection, first: str, second: str, centre: str) -> dict[str, tuple]:
    names = ", ".join(STATISTICS)
    rows = connection.execute(f"""
        with value as (
            select side, name, value from (
                select 1 as side, {names} from {first} union all select 2, {names} from {second}
            ) unpivot (value for name in ({names}))
            where isfinite(value)
        ),
        -- Four decimals: a rounded copy of a population is the same population.
        moved as (select side, name, round(value - {centre}, 4) as value from value),
        counted as (
            select name, value, count(*) filter (side = 1) as n1, count(*) filter (side = 2) as n2
            from moved group by name, value
        ),
        step as (
            select name, lead(value) over line - value as width,
                   abs(sum(n1) over line / sum(n1) over (partition by name)
                       - sum(n2) over line / sum(n2) over (partition by name)) as gap
            from counted window line as (partition by name order by value)
        )
        select name, max(gap), coalesce(sum(gap * width), 0) from step
        group by name having max(gap) is not null
    """).fetchall()
    return {name: (ks, wasserstein) for name, ks, wasserstein in rows}


def halves(connection: duckdb.DuckDBPyConnection, population: str) -> tuple[str, str]:
    """Two tables, each with every second household in the order of a hash."""
    for half in (0, 1):
        connection.execute(f"""
            create or replace temp table {population}_half_{half} as
            select * from {population}_household
            qualify row_number() over (order by md5(household)) % 2 = {half}
        """)
    return f"{population}_half_0", f"{population}_half_1"


def quantiles(connection: duckdb.DuckDBPyConnection, population: str) -> dict[str, list[float]]:
    """``QUANTILES`` of each statistic; an empty list when no household has it."""
    found = connection.execute("select " + ", ".join(
        f"quantile_cont({name}, {list(QUANTILES)}) filter (isfinite({name}))" for name in STATISTICS
    ) + f" from {population}_household").fetchone()  # fmt: skip
    return dict(zip(STATISTICS, [values or [] for values in found], strict=True))


def pairs(connection: duckdb.DuckDBPyConnection, population: str) -> list[float | None]:
    """Rank correlation across households of each of ``PAIRS``."""
    names = sorted({name for pair in PAIRS for name in pair})
    # Ties share their middle rank.
    ranks = ", ".join(
        f"rank() over (order by {name}) + (count(*) over (partition by {name}) - 1) / 2 as {name}"
        for name in names
    )
    kept = " and ".join(f"isfinite({name})" for name in names)
    correlations = ", ".join(f"corr({one}, {other})" for one, other in PAIRS)
    return list(
        connection.execute(f"""
        with kept as (from {population}_household where {kept}),
        ranked as (select {ranks} from kept)
        select {correlations} from ranked
    """).fetchone()
    )


def memory(connection: duckdb.DuckDBPyConnection, population: str) -> list[tuple]:
    """The median household's autocorrelation at each of ``LAGS``: of use, and weather removed."""
    rows = []
    for lag in LAGS:
        rows.append(connection.execute(f"""
            with one as (
                select d.household, corr(d.kwh, e.kwh) as kwh,
                       corr(d.residual, e.residual) as residual
                from {population}_use as d join {population}_use as e
                    on e.household = d.household and e.day = d.day - {lag}
                group by d.household
            )
            select {lag}, median(kwh) filter (isfinite(kwh)),
                   median(residual) filter (isfinite(residual)) from one
        """).fetchone())  # fmt: skip
    return rows


def crowd(connection: duckdb.DuckDBPyConnection, population: str) -> tuple:
    """Of days with 100 households or more: correlation of mean use with temperature, and days."""
    return connection.execute(f"""
        select corr(kwh, t), count(*) from (
            select avg(kwh) as kwh, avg(t) as t from {population}_use
            group by day having count(*) >= 100
        )
    """).fetchone()
