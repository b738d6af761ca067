"""Anomaly cases against the simulator's truth: cause, precision of the list, energy, dates.

``python -m bench.branch.anomaly --workspace W``: three days, a quarter apart, the newest one the
workspace's; each with a model fitted on what was used up to its month's start (corrections that
landed later are in, which flatters little: they are 0.2 % of reads).
"""

from datetime import date

import duckdb
import numpy as np
import pandas as pd

from bench.branch.row import Row, arguments, table
from ml.anomaly import ALL_CAUSES
from ml.harness import measures
from ml.harness.intervals import Bootstrap
from orchestration.scores import anomaly as asset
from orchestration.scores import files
from orchestration.scores.anomaly_data import Source

QUARTERS = 3
PER_THOUSAND = 5  # visits: 200 of a branch of 40,000
RECENT_DAYS = 91  # cases that ended longer ago are not published
LEAST_DAYS = 21  # an anomaly is to be found once it has lasted so long
VISIBLE = ("theft", "meter_fault", "clock_fault", "tariff_misuse", "over_capacity")


def days(newest: date) -> list[date]:
    """The newest day and quarters before it."""
    return [
        (pd.Timestamp(newest) - pd.DateOffset(months=3 * back)).date() for back in range(QUARTERS)
    ]


def clerk(connection, end: date) -> pd.DataFrame:
    """By account: fall of the last 90 days' use against the same days a year before, share and
    kWh."""
    return connection.execute(
        """
        with sums as (
            select
                account_no,
                avg(case when day > $end - 90 then usage_kwh end) as now,
                avg(case when day <= $end - 365 then usage_kwh end) as before
            from marts.fct_account_day
            where is_usable and (day > $end - 90 and day <= $end
                or day > $end - 455 and day <= $end - 365)
            group by account_no
        )
        select account_no, cast(1 - now / before as double) as fall,
            cast(before - now as double) as fall_kwh
        from sums where before > 0 and now is not null
        """,
        {"end": end},
    ).df()


def at(connection, day: date, causes: pd.DataFrame, truth: pd.DataFrame) -> tuple:
    """One row an account on ``day`` (listed, clerk's score, whether a visit would find something,
    energy it would recover), and the cases with the true cause."""
    month = files.feature_month(day)
    before = Source.at(connection, month + pd.offsets.MonthEnd(0), asset._codes(causes))
    model, _ = asset.learned(before, causes, f"{month:%Y-%m}")
    cases = asset.found(connection, day, causes, model)
    source = Source.at(connection, day, [])
    end = source.calendar.end
    real = truth[(truth["started_on"] <= end - pd.Timedelta(days=LEAST_DAYS))
                 & (truth["ended_on"] > end - pd.Timedelta(days=RECENT_DAYS))]  # fmt: skip
    for name in ("started_on", "ended_on"):
        cases[name] = pd.to_datetime(cases[name])
    matched = cases.merge(truth, on="account_no", how="left", suffixes=("", "_true"))
    meets = (matched["started_on"] < matched["ended_on_true"]) & (
        matched["ended_on"].fillna(end) >= matched["started_on_true"]
    )
    # Reads that do not arrive are seen in reads, all else in use.
    kind = np.where(matched["cause_true"] == "collection_gap", "reads", "use")
    matched["is_found"] = meets & (matched["case_kind"] == kind)
    accounts = source.accounts()[["account_no"]].merge(
        cases.loc[cases["rank"].notna(), ["account_no", "rank"]], on="account_no", how="left"
    )
    accounts = accounts.merge(clerk(connection, end.date()), on="account_no", how="left")
    active = truth[(truth["started_on"] <= end) & (truth["ended_on"] > end)]
    energy = active.set_index("account_no")["unmeasured_kwh"]
    visible = active[active["family"].isin(VISIBLE)]["account_no"]
    return (
        pd.DataFrame(
            {
                "day": str(day),
                "account_no": accounts["account_no"],
                "score": (1 / accounts["rank"].astype(float)).fillna(0),
                "clerk": accounts["fall"].fillna(-10).clip(lower=-10),
                "clerk_kwh": accounts["fall_kwh"].fillna(-1e9),
                "hit": accounts["account_no"].isin(visible).astype(float),
                "kwh": accounts["account_no"].map(energy).fillna(0),
            }
        ),
        matched.assign(day=str(day), real=len(real)),
        real.assign(day=str(day)),
    )


def per_day(rows: pd.DataFrame, figure, score: str, worth: str, k: int, weight) -> float:
    """Mean over the days of a figure of each day's list."""
    parts = [
        figure(rows[worth].to_numpy()[part], rows[score].to_numpy()[part], k, weight[part])
        for part in rows.groupby("day").indices.values()
    ]
    return float(np.mean(parts))


def share(right: pd.Series, cluster: pd.Series, bootstrap: Bootstrap):
    """Mean of ``right`` with its interval over accounts."""
    values = right.to_numpy(dtype=float)
    return bootstrap.interval(
        lambda w: float((w * values).sum() / max(w.sum(), 1e-9)), len(values), cluster=cluster
    )


def rows(workspace, truth_folder, bootstrap: Bootstrap | None = None) -> list[Row]:
    """Every figure."""
    bootstrap = bootstrap or Bootstrap(draws=200)
    causes = files.seed("anomaly_cause")
    family = causes.set_index("cause")["family"]
    truth = pd.read_parquet(truth_folder / "anomalies.parquet")
    truth["started_on"] = pd.to_datetime(truth["started_on"])
    truth["ended_on"] = pd.to_datetime(truth["ended_on"]).fillna(pd.Timestamp("2262-01-01"))
    truth["family"] = truth["cause"].map(family)
    with duckdb.connect(
        str(workspace / "state" / "warehouse.duckdb"), read_only=True
    ) as connection:
        newest = connection.execute("select max(last_read_on) from marts.dim_account").fetchone()[0]
        parts = [at(connection, day, causes, truth) for day in days(newest)]
    accounts, cases, real = (
        pd.concat(part, ignore_index=True) for part in zip(*parts, strict=True)
    )
    found = cases[cases["is_found"]]
    result = []

    def add(measure, interval, target="", note=""):
        result.append(Row("anomaly", measure, *interval, target, note))

    right = found["cause"].map(family) == found["family"]
    base = found["family"].value_counts(normalize=True).max()
    by_cause = ", ".join(
        f"{name} {part.sum()}/{len(part)}" for name, part in right.groupby(found["family"])
    )
    add("cause right, of found cases", share(right, found["account_no"], bootstrap), ">= 0.8",
        f"{len(found)} found; always the commonest: {base:.2f}; {by_cause}")  # fmt: skip
    kind = found["cause"] == found["cause_true"]
    add("cause right, thefts told apart", share(kind, found["account_no"], bootstrap))
    count = accounts.groupby("day")["account_no"].size().mean()
    scaled = round(PER_THOUSAND * count / 1000)
    for k, what in ((scaled, "200 in 40,000"), (200, "200 visits")):

        def precision(score, w, k=k):
            return per_day(accounts, measures.precision_at, score, "hit", k, w)

        for score, name in (("score", ""), ("clerk", ", clerk: largest fall in share"),
                            ("clerk_kwh", ", clerk: largest fall in kWh")):  # fmt: skip
            add(f"precision at {k}{name}",
                bootstrap.interval(lambda w, s=score, p=precision: p(s, w), len(accounts),
                                   cluster=accounts["account_no"]),
                note=f"{what}; base rate {accounts['hit'].mean():.4f}")  # fmt: skip
        add(f"precision at {k} ÷ clerk's better rule",
            bootstrap.interval(
                lambda w, p=precision, k=k: p("score", w)
                / max(p("clerk", w), p("clerk_kwh", w), 0.5 / k),
                len(accounts), cluster=accounts["account_no"]), ">= 3",
            f"best possible {min(accounts['hit'].sum() / QUARTERS / k, 1):.2f}")  # fmt: skip
    for score, name in (("score", ""), ("clerk_kwh", ", clerk: largest fall in kWh")):
        add(f"share of energy not measured at {scaled}{name}",
            bootstrap.interval(
                lambda w, s=score: per_day(accounts, measures.captured_share, s, "kwh", scaled, w),
                len(accounts), cluster=accounts["account_no"]))  # fmt: skip
    by = found.groupby("cause_true")["account_no"].size()
    missed = ", ".join(
        f"{cause} {min(by.get(cause, 0), n)}/{n}"
        for cause, n in real["cause"]
        .value_counts()
        .reindex(ALL_CAUSES)
        .dropna()
        .astype(int)
        .items()
    )
    seen = real.merge(found[["day", "account_no"]].drop_duplicates(), how="left", indicator=True)
    add(f"found, of those lasting {LEAST_DAYS} days",
        share(seen["_merge"] == "both", seen["account_no"], bootstrap), note=missed)  # fmt: skip
    for which, else_note in (
        ("use", ""),
        ("reads", "; other gaps are dirt or supplies that ended unannounced"),
    ):
        part = cases[cases["case_kind"] == which]
        add(f"true anomaly, of {which} cases",
            share(part["is_found"], part["account_no"], bootstrap),
            note=f"{len(part)} cases on {QUARTERS} days{else_note}")  # fmt: skip
    off = (found["started_on"] - found["started_on_true"]).dt.days.abs()
    add("start within a week", share(off <= 7, found["account_no"], bootstrap),
        note=f"median {off.median():.0f} days off")  # fmt: skip
    return result


if __name__ == "__main__":
    chosen = arguments(__doc__)
    print(table(rows(chosen.workspace, chosen.truth)))
