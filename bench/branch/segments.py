"""Load shapes against the simulator's truth, and how many stay where they are.

``python -m bench.branch.segments --workspace W``. What is fair: registers hold four windows of the
day, so the truth is the shape of what the meter sees, in the classes that windows tell apart: a car
that charges at night makes a home's load a night load, panels hollow out its noon, and a commuter
cannot be told from somebody at home all day. The nine shapes as they were drawn are below it, with
no target.
"""

import duckdb
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from bench.branch.row import Row, arguments, table
from ml.harness.intervals import Bootstrap
from ml.load_shapes import load_shapes
from orchestration.scores import files
from orchestration.scores.load_shapes import MONTHS, read

FAIR = {
    **dict.fromkeys(("commuter", "air_con", "home_all_day", "second_home", "heat_pump"),
                    "day_evening"),
    **dict.fromkeys(("night_owl", "ev_owner", "street_light"), "night"),
    "prosumer": "sun",
    **dict.fromkeys(("shop", "restaurant"), "seven_days"),
    **dict.fromkeys(("single_shift", "two_shifts", "school"), "workdays"),
    **dict.fromkeys(("continuous", "cold_store"), "round_the_clock"),
    "farm": "farm",
}  # fmt: skip
DRAWN = {"air_con": "commuter", "ev_owner": "commuter", "second_home": "home_all_day",
         "heat_pump": "home_all_day", "prosumer": "home_all_day"}  # fmt: skip


def ari(truth: pd.Series, found: pd.Series, bootstrap: Bootstrap):
    """Adjusted Rand index with its interval over accounts."""
    a, b = truth.to_numpy(), found.to_numpy()
    return bootstrap.interval(
        lambda w: float(adjusted_rand_score(*(x.repeat(w.astype(int)) for x in (a, b)))), len(a)
    )


def rows(workspace, truth_folder, bootstrap: Bootstrap | None = None) -> list[Row]:
    """Every figure."""
    bootstrap = bootstrap or Bootstrap(draws=200)
    rules = files.seed("load_shape", typed=True)
    truth = pd.read_parquet(truth_folder / "accounts.parquet")
    with duckdb.connect(
        str(workspace / "state" / "warehouse.duckdb"), read_only=True
    ) as connection:
        months, curves = read(connection, months=MONTHS + 6)
    days = sorted(months["month"].unique())
    found = {
        day: load_shapes(
            months[months["month"].isin(days[: at + 1][-MONTHS:])], curves, rules
        ).table
        for at, day in enumerate(days)
        if at + 1 >= MONTHS
    }
    newest = found[days[-1]]
    both = newest.merge(truth[["account_no", "archetype", "moved_on", "suspended_on",
                               "resized_on"]], on="account_no")  # fmt: skip
    scored = both[both["shape_code"].notna()]
    fair = scored["archetype"].map(FAIR)
    drawn = scored["archetype"].replace(DRAWN)
    home = scored["category"] == "residential" if "category" in scored else (
        scored["archetype"].isin(["commuter", "air_con", "home_all_day", "second_home", "heat_pump",
                                  "night_owl", "ev_owner", "prosumer"]))  # fmt: skip
    result = []

    def add(measure, interval, target="", note=""):
        result.append(Row("load shapes", measure, *interval, target, note))

    right = (fair == scored["shape_code"]).mean()
    share = fair.value_counts(normalize=True).max()
    add("ARI with the shape that windows can show", ari(fair, scored["shape_code"], bootstrap),
        ">= 0.8", f"{len(scored):,} of {len(both):,} accounts; {right:.1%} right, always the "
        f"commonest: {share:.1%}")  # fmt: skip
    add("… of homes", ari(fair[home], scored.loc[home, "shape_code"], bootstrap))
    add("… of firms", ari(fair[~home], scored.loc[~home, "shape_code"], bootstrap))
    add("ARI with the nine shapes as drawn", ari(drawn, scored["shape_code"], bootstrap),
        note="commuter and at home all day differ by a twentieth in each window")  # fmt: skip
    previous = None
    stay, moved = [], []
    changed = truth[["moved_on", "suspended_on", "resized_on", "reads_stopped_on"]].notna().any(
        axis=1)  # fmt: skip
    unchanged = set(truth.loc[~changed, "account_no"])
    for day in sorted(found):
        now = found[day].set_index("account_no")["shape_code"].dropna()
        now = now[now.index.isin(unchanged)]
        if previous is not None:
            same = now.index.intersection(previous.index)
            stay.append(adjusted_rand_score(previous[same], now[same]))
            moved.append((previous[same] != now[same]).mean())
        previous = now
    result.append(
        Row(
            "load shapes",
            "ARI to the month before, unchanged accounts, worst month",
            min(stay),
            target=">= 0.9",
            note=f"{len(stay)} months; {max(moved):.2%} move in the worst",
        )
    )
    return result


if __name__ == "__main__":
    chosen = arguments(__doc__)
    print(table(rows(chosen.workspace, chosen.truth)))
